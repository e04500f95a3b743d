#include "answers.h"

#include <jansson.h>
#include <string.h>

/* Of a 400 or 422, what is not the data: the beginning of the text of a member of the body. */
static const struct row {
    const char *member, *text;
    enum http_verdict verdict;
} rows[] = {
    /* InfluxDB 1: {"error": "database is required"} */
    { "error", "database is required", HTTP_CONFIGURATION },
    { "error", "database not found", HTTP_CONFIGURATION },
    { "error", "retention policy not found", HTTP_CONFIGURATION },
    { "error", "authorization failed", HTTP_CONFIGURATION },
    { "error", "unable to parse authentication credentials", HTTP_CONFIGURATION },
    { "error", "invalid precision", HTTP_CONFIGURATION },
    { "error", "timeout", HTTP_AGAIN },
    /* InfluxDB 2: {"code": "invalid", "message": …}; of its codes only `invalid`,
     * `unprocessable entity` and `request too large` are about the data. */
    { "code", "unauthorized", HTTP_CONFIGURATION },
    { "code", "forbidden", HTTP_CONFIGURATION },
    { "code", "not found", HTTP_CONFIGURATION },
    { "code", "method not allowed", HTTP_CONFIGURATION },
    { "code", "empty value", HTTP_CONFIGURATION },
    { "code", "conflict", HTTP_CONFIGURATION },
    { "code", "too many requests", HTTP_AGAIN },
    { "code", "unavailable", HTTP_AGAIN },
    { "code", "internal error", HTTP_FAULT },
    { "code", "request too large", HTTP_TOO_LARGE },
};

enum http_verdict answers_verdict(const struct http_answer *a)
{
    enum http_verdict verdict = http_verdict_of(a->status);
    if (verdict != HTTP_DATA)
        return verdict;
    json_t *json = json_loadb(a->body.text, a->body.length, JSON_ALLOW_NUL, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = json_string_value(json_object_get(json, rows[i].member));
        if (!text || strncmp(text, rows[i].text, strlen(rows[i].text)) != 0)
            continue;
        verdict = rows[i].verdict;
        break;
    }
    json_decref(json);
    return verdict;
}
