/* http_answer: an answer to a request, and what it means for the points that were sent.
 *
 * This part is the same for all servers; a sink refines it by the body, which has its backend's own
 * codes. Nothing here needs libcurl. */
#ifndef SINK_HTTP_ANSWER_H
#define SINK_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct http_answer {
    long status;         /* 0: there was no answer */
    const char *failure; /* why there was none */
    struct span body;    /* not more than HTTP_BODY_MAX bytes of it */
    bool is_cut;         /* it was longer, or the connection broke */
    int64_t retry_after; /* ms, of Retry-After; 0: none */
};

enum { HTTP_BODY_MAX = 16 << 20, HTTP_WORDS_MAX = 300 };

enum http_verdict {
    HTTP_DELIVERED,
    HTTP_DATA,          /* perhaps a point of the batch is bad: 400, 422 */
    HTTP_TOO_LARGE,     /* less at a time: 413 */
    HTTP_CONFIGURATION, /* a wrong token, URL or index: every other status */
    HTTP_FAULT,         /* the server's fault, unless the same batch meets it again and again: 5xx */
    HTTP_AGAIN,         /* as it is, later: 408, 429, no answer */
    HTTP_KEPT,          /* the same, but others may pass; it is never the data */
};

enum { HTTP_VERDICTS = HTTP_KEPT + 1 };

/* What the status alone says. */
enum http_verdict http_verdict_of(long status);

/* The server's own words for people: of JSON, the texts of its `error`, `message`, `Message` or
 * `reason`; of other text, its first line. They are on one line, cut to HTTP_WORDS_MAX bytes, and
 * end in a NUL. Returns their length, 0 if there are none. */
size_t http_words(struct span body, char words[HTTP_WORDS_MAX]);

/* `HTTP 404: WORDS`, or why there was no answer, in the same form. */
size_t http_reason(const struct http_answer *a, char reason[HTTP_WORDS_MAX]);

#endif
