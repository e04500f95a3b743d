#include "answers.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* By the type of an error, whatever the status; without `Exception` at its end. */
static const struct row {
    const char *type;
    enum http_verdict verdict;
    bool are_credentials;
} rows[] = {
    { "Throttling", HTTP_AGAIN, false },
    { "ThrottledException", HTTP_AGAIN, false },
    { "Throttled", HTTP_AGAIN, false },
    { "RequestThrottled", HTTP_AGAIN, false },
    { "RequestLimitExceeded", HTTP_AGAIN, false },
    { "TooManyRequests", HTTP_AGAIN, false },
    { "LimitExceeded", HTTP_AGAIN, false },
    { "BandwidthLimitExceeded", HTTP_AGAIN, false },
    { "SlowDown", HTTP_AGAIN, false },
    { "RequestTimeout", HTTP_AGAIN, false },
    { "ServiceUnavailable", HTTP_AGAIN, false },
    { "InternalFailure", HTTP_FAULT, false },
    { "InternalServiceError", HTTP_FAULT, false },
    { "InternalServiceFault", HTTP_FAULT, false },
    { "InternalServerError", HTTP_FAULT, false },
    { "RequestEntityTooLarge", HTTP_TOO_LARGE, false },
    { "ExpiredToken", HTTP_CONFIGURATION, true },
    { "RequestExpired", HTTP_CONFIGURATION, true },
    { "UnrecognizedClient", HTTP_CONFIGURATION, true },
    { "InvalidClientTokenId", HTTP_CONFIGURATION, true },
    { "InvalidSignature", HTTP_CONFIGURATION, true },
    { "SignatureDoesNotMatch", HTTP_CONFIGURATION, true },
    { "IncompleteSignature", HTTP_CONFIGURATION, true },
    { "MissingAuthenticationToken", HTTP_CONFIGURATION, true },
    { "InvalidAccessKeyId", HTTP_CONFIGURATION, true },
    { "AuthFailure", HTTP_CONFIGURATION, true },
    { "AccessDenied", HTTP_CONFIGURATION, true },
    { "NotAuthorized", HTTP_CONFIGURATION, true },
    { "OptInRequired", HTTP_CONFIGURATION, true },
    { "InvalidAction", HTTP_CONFIGURATION, false },
    { "UnknownOperation", HTTP_CONFIGURATION, false },
};

/* `com.amazonaws.cloudwatch#ThrottlingException:http://…` → `Throttling` */
static struct span plain_type(const char *type)
{
    static const char ending[] = "Exception";
    const char *hash = strchr(type, '#');
    struct span plain = { hash ? hash + 1 : type, strcspn(hash ? hash + 1 : type, ":") };
    size_t length = sizeof ending - 1;
    if (plain.length > length && memcmp(plain.text + plain.length - length, ending, length) == 0)
        plain.length -= length;
    return plain;
}

/* The text of the first element of XML with this name, cut to what fits. */
static void find_element(struct span body, const char *name, char *text, size_t size)
{
    char open[32], close[32];
    int length = snprintf(open, sizeof open, "<%s>", name);
    snprintf(close, sizeof close, "</%s>", name);
    text[0] = '\0';
    const char *from = memmem(body.text, body.length, open, (size_t)length);
    if (!from)
        return;
    from += length;
    const char *end = memmem(from, (size_t)(body.text + body.length - from), close, strlen(close));
    if (end)
        snprintf(text, size, "%.*s", (int)(end - from < (long)size ? end - from : (long)size - 1), from);
}

static void read_error(struct span body, char type[HTTP_WORDS_MAX], char words[HTTP_WORDS_MAX])
{
    json_t *json = json_loadb(body.text, body.length, 0, NULL);
    const char *name = json_string_value(json_object_get(json, "__type"));
    type[0] = '\0';
    if (name) {
        snprintf(type, HTTP_WORDS_MAX, "%s", name);
        http_words(body, words);
    } else {
        find_element(body, "Code", type, HTTP_WORDS_MAX);
        find_element(body, "Message", words, HTTP_WORDS_MAX);
        if (!type[0])
            http_words(body, words);
    }
    json_decref(json);
    for (char *c = words; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = ' ';
    for (char *c = type; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 127)
            *c = '_';
}

struct answers_judgement answers_judge(const struct http_answer *a)
{
    struct answers_judgement j = { .verdict = http_verdict_of(a->status) };
    char type[HTTP_WORDS_MAX], words[HTTP_WORDS_MAX];
    if (j.verdict == HTTP_DELIVERED || !a->status)
        return j;
    read_error(a->body, type, words);
    struct span plain = plain_type(type);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (span_is(plain, rows[i].type)) {
            j.verdict = rows[i].verdict;
            j.are_credentials = rows[i].are_credentials;
            break;
        }
    if (type[0])
        snprintf(j.words, sizeof j.words, "%.*s: %.200s", (int)(plain.length < 80 ? plain.length : 80), plain.text,
                 words);
    return j;
}
