/* http_answer: the words of an answer, and its reason for messages. */
#include "sink/http_answer.h"

#include <string.h>

#include "tap.h"

static void says(const char *body, const char *expected)
{
    char words[HTTP_WORDS_MAX];
    size_t length = http_words((struct span){ body, strlen(body) }, words);
    tap_ok(length == strlen(expected) && strcmp(words, expected) == 0, "%s: %s", body, words);
}

int main(void)
{
    char reason[HTTP_WORDS_MAX], large[2000];
    says("", "");
    says("{\"error\":\"database not found\"}", "database not found");
    says("{\"code\":\"invalid\",\"message\":\"a\\nb\"}", "a b");
    says("{\"error\":{\"type\":\"x\",\"reason\":\"no permissions\"},\"status\":403}", "no permissions");
    says("{\"__type\":\"com.amazon#E\",\"Message\":\"signature\"}", "signature");
    says("\r\n\nfirst line\r\nsecond", "first line");
    says("a\tb\x01\x7f  c", "a b   c");
    says("{\"error\":", "{\"error\":");
    says("[1]", "[1]");
    memset(large, 'x', sizeof large);
    tap_ok(http_words((struct span){ large, sizeof large }, reason) == HTTP_WORDS_MAX - 1, "long words are cut");
    http_reason(&(struct http_answer){ .status = 503, .body = SPAN("busy") }, reason);
    tap_ok(strcmp(reason, "HTTP 503: busy") == 0, "%s", reason);
    http_reason(&(struct http_answer){ .status = 429, .body = SPAN("") }, reason);
    tap_ok(strcmp(reason, "HTTP 429") == 0, "%s", reason);
    http_reason(&(struct http_answer){ .failure = "Connection refused", .body = SPAN("") }, reason);
    tap_ok(strcmp(reason, "Connection refused") == 0, "%s", reason);
    http_reason(&(struct http_answer){ .status = 500, .body = { large, sizeof large } }, reason);
    tap_ok(strlen(reason) == HTTP_WORDS_MAX - 1, "a long reason is cut");
    return tap_done();
}
