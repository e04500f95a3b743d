/* http: delivers batches over HTTP, each as a request; the answer says whether it was accepted.
 *
 * http_answer.h and the format's table say what an answer means; http_pieces.h decides whether the
 * batch is kept, halved or dropped. One request is under way at a time. After a failure the next
 * one waits, longer each time (pauses.h), and at least for the answer's Retry-After. */
#ifndef SINK_HTTP_H
#define SINK_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "sink/http_answer.h"
#include "sink/http_client.h"
#include "sink/http_options.h"
#include "sink/http_pieces.h"
#include "sink/pauses.h"
#include "sink/transport.h"

/* A format's judgement of an answer. At first it is the verdict of the status alone, without
 * items. */
struct http_judgement {
    enum http_verdict verdict;
    bool has_items; /* there is a verdict for each point, and `waits` of them are to be sent again */
    struct http_items items;
    char reason[HTTP_WORDS_MAX]; /* for messages */
};

/* Whether a request can be sent. */
enum http_ready {
    HTTP_READY,
    HTTP_NOT_YET, /* soon */
    HTTP_UNREADY, /* no, and reason says why; it is tried again */
};

/* What a sink states; each call gets self. All but url may be NULL. */
struct http_format {
    const char *const *headers; /* such as the content's type; NULL at the end */

    /* The body of a request with this batch, valid until the next call. NULL: its bytes. */
    struct span (*body)(void *self, const struct batch *b);

    /* Refines a judgement by the answer's body. */
    void (*judge)(void *self, const struct http_answer *a, const struct batch *b, struct http_judgement *j);

    /* A request before the first batch; false if there is none left. Then its answer: true if the
     * request succeeded; otherwise *reason says what is wrong, and it is repeated. */
    bool (*prelude)(void *self, struct http_request *r);
    bool (*prelude_answer)(void *self, const struct http_answer *a, char reason[HTTP_WORDS_MAX]);

    /* Completes a request just before it is sent. now is monotonic ms. */
    enum http_ready (*complete)(void *self, struct http_request *r, int64_t now, char reason[HTTP_WORDS_MAX]);

    /* The server has answered 401 or 403, or the format has found that the credentials are
     * wrong. */
    void (*forget)(void *self);
};

struct http {
    struct transport transport;
    const struct http_format *format;
    void *self;
    const char *url;
    const struct http_options *options;
    char *where; /* the URL without secrets */
    char *authorization;
    struct http_client client;
    struct http_pieces pieces;
    struct pauses pauses;
    struct batch *sending; /* NULL while the request is a prelude */
    int64_t due;           /* monotonic ms: no request before */
    bool is_hurried, has_begun;
    bool was_away; /* the last request had no answer */
};

/* The url, the options, the format and self must live on. Reads --auth-file, or ends the program.
 * http->transport is for sink_run, which frees it. */
void http_init(struct http *http, const char *url, const struct http_options *options, const struct http_format *format,
               void *self);

#endif
