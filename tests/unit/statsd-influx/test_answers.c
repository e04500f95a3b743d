/* answers: body → verdict, for the answers in tests/golden/answers/influx and some more. */
#include "answers.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static const char *const names[] = { "delivered", "data", "too large", "configuration", "fault", "again", "kept" };

static void means(long status, const char *body, const char *expected)
{
    const struct http_answer a = { .status = status, .failure = "no answer", .body = { body, strlen(body) } };
    const char *name = names[answers_verdict(&a)];
    tap_ok(strcmp(name, expected) == 0, "%ld %s: %s", status, body, name);
}

static void file_means(const char *name, const char *expected)
{
    char path[256], text[4096];
    snprintf(path, sizeof path, "tests/golden/answers/influx/%s", name);
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[length] = '\0';
    char *newline = strchr(text, '\n');
    if (!tap_ok(file && newline, "%s is there", path))
        return;
    fclose(file);
    *newline = '\0';
    long status = 0;
    for (const char *digit = text; *digit; digit++)
        status = status * 10 + *digit - '0';
    means(status, newline + 1, expected);
}

int main(void)
{
    file_means("v1-conflict", "data");
    file_means("v1-parse", "data");
    file_means("v1-no-database", "configuration");
    file_means("v1-missing", "configuration");
    file_means("v1-password", "configuration");
    file_means("v2-invalid", "data");
    file_means("v2-token", "configuration");
    file_means("v2-large", "too large");
    file_means("v2-many", "again");
    file_means("v2-down", "fault");
    file_means("v3-partial", "data");
    file_means("text", "data");
    means(204, "", "delivered");
    means(200, "{\"error\":\"database is required\"}", "delivered");
    means(400, "", "data");
    means(422, "{\"code\":\"unprocessable entity\"}", "data");
    means(400, "{\"code\":\"unauthorized\"}", "configuration");
    means(400, "{\"error\":\"timeout\"}", "again");
    means(400, "{\"error\":{\"error\":\"timeout\"}}", "data");
    means(307, "", "configuration");
    means(404, "", "configuration");
    means(408, "", "again");
    means(500, "", "fault");
    means(0, "", "again");
    return tap_done();
}
