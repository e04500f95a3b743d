/* http: delivers batches over HTTP, each as a request whose answer is the other side's word.
 *
 * What an answer means is in http_answer.h and in the format's table; what becomes of the batch is
 * http_pieces.h's work. One request is under way at a time. After a failure the next waits, longer
 * each time (pauses.h), and no shorter than the answer's Retry-After. */
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

/* What a format makes of an answer. It begins with what the status says, without items. */
struct http_judgement {
    enum http_verdict verdict;
    bool has_items; /* the verdicts are those of the points, and waits says how many of them wait */
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

    /* A request that comes before the first batch; false: there is none, or none any more. Then
     * its answer: true if it is well. If not, *reason says what is wrong, and it is made again. */
    bool (*prelude)(void *self, struct http_request *r);
    bool (*prelude_answer)(void *self, const struct http_answer *a, char reason[HTTP_WORDS_MAX]);

    /* Completes a request just before it is sent. now is monotonic ms. */
    enum http_ready (*complete)(void *self, struct http_request *r, int64_t now, char reason[HTTP_WORDS_MAX]);

    /* The server has said 401 or 403, or the format's judgement that the credentials are wrong. */
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
