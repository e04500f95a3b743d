#include "sink/http.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "sink/http_auth.h"
#include "sink/http_url.h"
#include "sink/sink.h"

enum { NOT_YET = 20 /* ms */ };

static struct http *http_of(const struct transport *t)
{
    return (struct http *)((const char *)t - offsetof(struct http, transport));
}

/* --- failures --------------------------------------------------------------------------------- */

static void wait_after(struct http *h, int64_t now, int64_t least, const char *reason)
{
    int64_t pause = pauses_next(&h->pauses, random());
    h->due = now + (pause > least ? pause : least);
    outage_fail_again(h->transport.outage, now, "post", h->where, reason);
}

static void read_authorization(struct http *h)
{
    const char *why;
    char *line = http_auth_read(h->options->auth_file, &why);
    if (!line) {
        warn("read %s: %s", h->options->auth_file, why);
        return;
    }
    free(h->authorization);
    h->authorization = line;
}

static void forget(struct http *h, long status)
{
    if (status != 401 && status != 403)
        return;
    if (h->options->auth_file)
        read_authorization(h);
    if (h->format->forget)
        h->format->forget(h->self);
}

/* --- requests --------------------------------------------------------------------------------- */

/* True if a request can be sent now. Otherwise nothing must be taken from the queue. */
static bool is_ready(struct http *h, struct http_request *r, int64_t now)
{
    char reason[HTTP_WORDS_MAX];
    enum http_ready ready = h->format->complete ? h->format->complete(h->self, r, now, reason) : HTTP_READY;
    if (ready == HTTP_UNREADY)
        wait_after(h, now, 0, reason);
    else if (ready == HTTP_NOT_YET)
        h->due = now + NOT_YET;
    return ready == HTTP_READY;
}

/* Sends the next request, if there is one. */
static void send_next(struct http *h, int64_t now)
{
    struct http_request r = {
        .method = "POST", .url = h->url, .headers = h->format->headers, .authorization = h->authorization
    };
    int64_t due = http_pieces_waits(&h->pieces) ? now : queue_due(h->transport.queue);
    h->sending = NULL;
    if (due == INT64_MAX)
        return;
    if (h->format->prelude && !h->has_begun) {
        if (h->format->prelude(h->self, &r)) {
            if (is_ready(h, &r, now))
                http_client_send(&h->client, &r, now);
            return;
        }
        h->has_begun = true;
    }
    if (due > now || !is_ready(h, &r, now) || !(h->sending = http_pieces_next(&h->pieces, now)))
        return;
    r.body =
        h->format->body ? h->format->body(h->self, h->sending) : (struct span){ h->sending->bytes, h->sending->length };
    http_client_send(&h->client, &r, now);
}

/* --- answers ---------------------------------------------------------------------------------- */

static void succeed(struct http *h, int64_t now)
{
    h->transport.progress = now;
    h->due = 0;
    pauses_begin(&h->pauses);
    if (h->is_hurried)
        pauses_hurry(&h->pauses);
    if (!http_pieces_waits(&h->pieces)) /* otherwise the fault persists for some points */
        outage_end(h->transport.outage, now, h->where);
}

static void take_prelude(struct http *h, const struct http_answer *a, int64_t now)
{
    char reason[HTTP_WORDS_MAX];
    http_reason(a, reason);
    forget(h, a->status);
    if (!h->format->prelude_answer(h->self, a, reason))
        wait_after(h, now, a->retry_after, reason);
    else
        h->due = 0;
}

static void take_answer(struct http *h, const struct http_answer *a, int64_t now)
{
    struct batch *b = h->sending;
    struct http_judgement j = { .verdict = http_verdict_of(a->status) };
    bool waits;
    http_reason(a, j.reason);
    if (h->format->judge)
        h->format->judge(h->self, a, b, &j);
    forget(h, a->status);
    h->sending = NULL;
    unsigned accepted = h->pieces.accepted;
    if (j.has_items)
        waits = http_pieces_items(&h->pieces, b, &j.items);
    else
        waits = http_pieces_answer(&h->pieces, b, j.verdict, j.reason);
    if (h->pieces.accepted != accepted)
        succeed(h, now);
    if (waits)
        wait_after(h, now, a->retry_after, j.reason);
}

/* --- the transport ---------------------------------------------------------------------------- */

static void report_refused(void *self, const char *why, struct span point)
{
    const struct http *h = self;
    sink_report_refused(h->transport.sink, why, point);
}

static void begin(struct transport *t)
{
    struct http *h = http_of(t);

    http_pieces_init(&h->pieces, t->queue, report_refused, h);
    pauses_begin(&h->pauses);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t prepare(struct transport *t, int64_t now)
{
    struct http *h = http_of(t);
    if (!h->client.is_busy && now >= h->due)
        send_next(h, now);
    if (h->client.is_busy)
        return http_client_due(&h->client);
    return http_pieces_waits(&h->pieces) ? h->due : later(queue_due(t->queue), h->due);
}

/* Handles the end of a request, answered or not. */
static void note_reached(struct http *h, bool is_reached)
{
    h->transport.outage->reconnects += is_reached && h->was_away;
    h->was_away = !is_reached;
}

static void step(struct transport *t, bool is_readable, int64_t now)
{
    struct http *h = http_of(t);
    (void)is_readable;
    if (!h->client.is_busy || !http_client_step(&h->client, now))
        return;
    note_reached(h, h->client.answer.status != 0);
    if (h->sending)
        take_answer(h, &h->client.answer, now);
    else
        take_prelude(h, &h->client.answer, now);
}

static void hurry(struct transport *t, int64_t now)
{
    struct http *h = http_of(t);
    h->is_hurried = true;
    pauses_hurry(&h->pauses);
    if (h->due > now + PAUSES_MOST_AT_END)
        h->due = now + PAUSES_MOST_AT_END;
}

static void give_up(struct transport *t, int64_t now)
{
    struct http *h = http_of(t);
    (void)now;
    http_client_abort(&h->client);
    if (h->sending)
        queue_again(t->queue, h->sending);
    h->sending = NULL;
    http_pieces_give_back(&h->pieces);
}

static const char *state(const struct transport *t)
{
    if (t->outage->is_on)
        return "not connected";
    return t->progress ? "connected" : http_of(t)->client.is_busy ? "connecting" : "idle";
}

static void free_http(struct transport *t)
{
    struct http *h = http_of(t);
    http_client_free(&h->client);
    free(h->where);
    free(h->authorization);
}

void http_init(struct http *h, const char *url, const struct http_options *options, const struct http_format *format,
               void *self)
{
    static const struct transport_calls calls = {
        .begin = begin,
        .prepare = prepare,
        .step = step,
        .hurry = hurry,
        .give_up = give_up,
        .state = state,
        .free = free_http,
    };
    const char *why;
    *h = (struct http){ .format = format, .self = self, .url = url, .options = options };
    if (options->auth_file && !(h->authorization = http_auth_read(options->auth_file, &why)))
        die("read %s: %s", options->auth_file, why);
    h->where = http_url_public(url);
    http_client_init(&h->client, &options->settings);
    h->transport = (struct transport){ .calls = &calls, .fd = h->client.fd, .where = h->where };
}
