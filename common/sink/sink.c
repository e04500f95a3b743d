#include "sink/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plural.h"

enum {
    DRAIN_AFTER_EOF = 2000, /* ms that delivering gets at least if reading has used up --drain */
    DONE_PAUSE = 50,        /* ms between attempts to write to --done-fd */
    BATCHES_LEAST = 8,      /* a batch is at most this part of the buffer */
    PACED_PART = 8,         /* bytes of a batch for each line a second of --rate: a tenth of a second's lines */
    PACED_LEAST = 512,      /* bytes */
};

/* --- the queue -------------------------------------------------------------------------------- */

static void done(void *self, const struct queue_interval *i)
{
    struct sink *s = self;
    figures_done(&s->figures, i, clock_monotonic_ms());
    if (!s->queue.is_broken)
        done_tell(&s->done, (struct span){ i->time_text, i->time_length });
}

static void dropped(void *self, const struct batch *b)
{
    struct sink *s = self;
    if (b->told)
        figures_give_back(&s->figures, b->told);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t batch_bytes(const struct sink_options *o, const struct sink_format *format)
{
    size_t bytes = least(o->batch, o->buffer / BATCHES_LEAST);
    if (format->batch_bytes)
        bytes = least(bytes, format->batch_bytes);
    if (o->rate && o->rate * PACED_PART < bytes)
        bytes = o->rate * PACED_PART < PACED_LEAST ? PACED_LEAST : o->rate * PACED_PART;
    return bytes;
}

/* --- the filter's calls ----------------------------------------------------------------------- */

/* A dry run is for reading, so its lines need not wait for the end of the interval. */
static void print(struct sink *s)
{
    struct batch *b;
    while ((b = queue_take(&s->queue, INT64_MAX - 1))) {
        if (s->format->print)
            s->format->print(s->self, &s->filter.out, b);
        else
            out_put(&s->filter.out, b->bytes, b->length);
        queue_delivered(&s->queue, b);
    }
    if (s->format->print)
        return;
    out_put(&s->filter.out, s->queue.room, s->queue.length);
    queue_clear_open(&s->queue);
}

static enum filter_next take(void *self, struct lines *in)
{
    struct sink *s = self;
    enum filter_next next = sink_input_take(s, in);
    if (s->options->dry_run)
        print(s);
    return next;
}

static bool is_full(void *self)
{
    const struct sink *s = self;
    return s->options->wait && queue_is_full(&s->queue);
}

static void pause_input(void *self)
{
    sink_input_pause(self);
}

static void quiet(void *self)
{
    sink_input_end_interval(self);
}

static int64_t watch(void *self, struct pollfd *p)
{
    struct sink *s = self;
    struct transport *t = s->transport;
    if (s->options->dry_run)
        return INT64_MAX;
    int64_t due = t->calls->prepare(t, s->filter.now);
    if (!done_flush(&s->done) && s->filter.now + DONE_PAUSE < due)
        due = s->filter.now + DONE_PAUSE;
    *p = (struct pollfd){ .fd = t->fd, .events = POLLIN };
    return due;
}

static void step(void *self, short revents)
{
    struct sink *s = self;
    if (!s->options->dry_run)
        s->transport->calls->step(s->transport, revents != 0, s->filter.now);
}

static unsigned long long number(uint64_t n)
{
    return (unsigned long long)n;
}

static void status(void *self)
{
    const struct sink *s = self;
    const struct queue *q = &s->queue;
    const struct queue_counts *c = &q->counts;
    const struct transport *t = s->transport;
    bool is_dry = s->options->dry_run;
    say("%s %s: %llu lines, %llu sent, %llu waiting (%zu bytes), %llu resent, %llu unconfirmed, %llu refused, "
        "%llu dropped, %llu reconnects, %llu bad, %llu unknown",
        is_dry ? "stdout" : t->where, is_dry ? "dry run" : t->calls->state(t), number(s->lines), number(c->delivered),
        number(queue_points(q)), queue_bytes(q), number(c->resent), number(c->unconfirmed),
        number(c->refused + s->figures.refused_here), number(c->dropped), number(s->outage.reconnects),
        number(s->bad.complaint.total), number(s->unknown.complaint.total));
}

/* --- the end ---------------------------------------------------------------------------------- */

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* When to give up delivering. A server that makes progress, however slowly, is waited for. */
static int64_t give_up_time(const struct sink *s)
{
    int64_t drain = s->options->filter.drain, from = s->filter.signalled ? s->filter.signalled : s->ended;
    if (s->filter.is_early)
        return INT64_MIN;
    int64_t after_eof = s->ended + (drain < DRAIN_AFTER_EOF ? drain : DRAIN_AFTER_EOF);
    return latest(latest(from, s->transport->progress) + drain, after_eof);
}

static void deliver(struct sink *s)
{
    struct transport *t = s->transport;
    t->calls->hurry(t, s->filter.now);
    while ((queue_points(&s->queue) || !done_flush(&s->done)) && s->filter.now < give_up_time(s))
        filter_turn(&s->filter, give_up_time(s));
    t->calls->give_up(t, s->filter.now);
    done_flush(&s->done);
}

static void end(void *self)
{
    struct sink *s = self;
    s->ended = s->filter.now;
    sink_input_end_interval(s);
    sink_input_say_dropped(s);
    queue_release(&s->queue);
    if (s->options->dry_run)
        print(s);
    else
        deliver(s);
}

static void summarise(void *self)
{
    struct sink *s = self;
    uint64_t lost = queue_points(&s->queue) + s->queue.counts.dropped;
    sink_input_summarise(s);
    s->filter.failed |= lost > 0 || s->done.has_failed;
    if (lost)
        say("%llu %s not delivered to %s", number(lost), plural(lost, "line", "lines"), s->transport->where);
    if (die_verbosity() > 0)
        say("%llu lines, %llu sent, %llu unconfirmed, %llu refused, %llu bad, %llu unknown, %llu lost",
            number(s->lines), number(s->queue.counts.delivered), number(s->queue.counts.unconfirmed),
            number(s->queue.counts.refused + s->figures.refused_here), number(s->bad.complaint.total),
            number(s->unknown.complaint.total), number(lost));
}

static void left(void *self, char *text)
{
    struct sink *s = self;
    s->transport->calls->give_up(s->transport, s->filter.now);
    uint64_t lost = queue_points(&s->queue) + s->queue.counts.dropped;
    if (lost)
        snprintf(text, FILTER_LEFT_MAX, "%llu %s for %s", number(lost), plural(lost, "line", "lines"),
                 s->transport->where);
}

/* --- the run ---------------------------------------------------------------------------------- */

static void begin(struct sink *s)
{
    static const struct queue_owner owner = { done, dropped };
    const struct sink_options *o = s->options;
    const struct queue_limits limits = {
        .bytes = o->dry_run ? SIZE_MAX : o->buffer,
        .batch_bytes = batch_bytes(o, s->format),
        .batch_points = s->format->batch_points,
        .rate = o->dry_run ? 0 : o->rate,
        .point_lines = s->format->point_lines,
        .keeps = o->wait,
    };
    srandom((unsigned)clock_monotonic_us() ^ (unsigned)getpid());
    filter_begin(&s->filter, &o->filter, o->dry_run ? OUT_BLOCKING : FILTER_NO_OUT);
    done_init(&s->done, o->done_fd);
    queue_init(&s->queue, &limits, &owner, s);
    outage_init(&s->outage, &s->queue);
    figures_init(&s->figures, clock_wall_ms() / 1000);
    sink_input_begin(s);
    s->transport->queue = &s->queue;
    s->transport->outage = &s->outage;
    s->transport->sink = s;
    s->transport->timeout = o->timeout;
    s->transport->calls->begin(s->transport);
}

enum exit_code sink_run(struct sink *s, const struct sink_options *options, const struct sink_format *format,
                        void *self, struct transport *transport)
{
    static const struct filter_calls calls = {
        .take = take,
        .is_full = is_full,
        .pause = pause_input,
        .quiet = quiet,
        .watch = watch,
        .step = step,
        .end = end,
        .status = status,
        .summarise = summarise,
        .left = left,
        .is_endless = true,
    };
    static char standard_input[] = "-", *files[] = { standard_input, NULL };
    *s = (struct sink){ .options = options, .format = format, .self = self, .transport = transport };
    begin(s);
    enum exit_code code = filter_run(&s->filter, files, &calls, s);
    transport->calls->free(transport);
    sink_input_free(s);
    queue_free(&s->queue);
    done_free(&s->done);
    return code;
}
