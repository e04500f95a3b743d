#include "put.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "filter/filter.h"
#include "filter/refusals.h"
#include "filter/signals.h"
#include "format/record.h"
#include "format/record_plain.h"
#include "outbox.h"
#include "placing.h"
#include "topics.h"

enum {
    DRAIN_LEAST = 2000,  /* ms that delivery has after the end of input, if a signal ended that */
    REPORT_EVERY = 1000, /* ms */
};

struct figures {
    uint64_t records, bad, full, rejects_lost;
};

struct put {
    const struct config *config;
    struct filter filter;
    struct refusals refusals;
    struct record_memo memo;
    struct placing placing;
    struct outbox outbox;
    int events[2]; /* a pipe that librdkafka writes to when it has something for rd_kafka_poll */
    struct figures figures, reported;
    int64_t next_report; /* monotonic ms */
    bool waits;          /* for room, before it reads on */
    bool was_full;       /* when tick looked */
    bool is_ending;
};

/* --- records ---------------------------------------------------------------------------------- */

static void refuse(struct put *p, const struct line *line, uint64_t number, enum record_error error,
                   struct span culprit)
{
    p->figures.bad++;
    refusals_add(&p->refusals, &(struct refusal){ .time = clock_wall_ms(),
                                                  .where = p->filter.where,
                                                  .line = number,
                                                  .what = record_error_what(error),
                                                  .culprit = culprit,
                                                  .why = record_error_why(error),
                                                  .bytes = { line->text, line->length } });
}

static void add(struct put *p, struct span line, struct span series, int64_t time, unsigned records)
{
    struct outbox *o = &p->outbox;
    if (time > o->mark)
        o->mark = time;
    outbox_add(o, placing_partition(&p->placing, series, o->partitions), line, records, p->filter.now);
}

static void take_line(struct put *p, enum lines_status status, const struct line *line, uint64_t number)
{
    struct record r;
    struct span whole = { line->text, line->length }, culprit = whole;
    bool is_whole = status == LINES_ONE && !line->torn;
    p->figures.records++;
    if (!is_whole || !record_plain(&p->memo, line->text, line->length, &r)) {
        enum record_error error = status == LINES_TOO_LONG ? RECORD_TOO_LONG
                                  : line->torn             ? RECORD_TORN
                                                           : record_parse(line->text, line->length, &r, &culprit);
        if (error != RECORD_OK) {
            refuse(p, line, number, error, culprit);
            return;
        }
    }
    add(p, whole, r.series, r.time, 1);
}

static bool is_full(void *self)
{
    struct put *p = self;
    p->waits = outbox_is_full(&p->outbox);
    return p->waits;
}

static enum filter_next take(void *self, struct lines *in)
{
    struct put *p = self;
    struct line line;
    enum lines_status status = LINES_MORE;
    if (p->outbox.is_broken)
        return FILTER_STOP;
    while (!outbox_is_full(&p->outbox) && (status = lines_next(in, &line)) < LINES_MORE) {
        if (!line.length)
            continue;
        take_line(p, status, &line, in->number);
        if (p->config->filter.strict && p->figures.bad) {
            p->filter.failed = true;
            return FILTER_STOP;
        }
    }
    return status == LINES_END ? FILTER_END : FILTER_MORE;
}

/* --- own figures ------------------------------------------------------------------------------ */

static void report_figure(struct put *p, const char *name, uint64_t value)
{
    char series[FILTER_SELF_PREFIX_MAX + 32], text[NUMBER_TEXT_MAX], line[2 * sizeof series + 128];
    const char *prefix = p->config->filter.self_prefix ? p->config->filter.self_prefix : FILTER_SELF_PREFIX;
    int length = snprintf(series, sizeof series, "%s%sput.%s", prefix, *prefix ? "." : "", name);
    const struct sample s = { .series = { series, (size_t)length },
                              .type = RECORD_COUNTER,
                              .value = { text, number_format_uint(value, text) },
                              .rate = SPAN("1"),
                              .time = p->outbox.mark };
    const char *end = record_write(line, &s, (struct span){ "", 0 }), *tab = memchr(line, '\t', (size_t)(end - line));
    add(p, span_between(line, end - 1), span_between(line, tab), s.time, 0);
}

/* Writes what has been counted since the last report, at the newest time read. So a source that has
 * read nothing stays silent, and what reads old records writes old figures. */
static void report(struct put *p)
{
    struct figures *now = &p->figures, *before = &p->reported;
    if (p->config->filter.no_self || p->outbox.mark == OUTBOX_NO_MARK || now->records == before->records)
        return;
    if (p->filter.rejects)
        now->rejects_lost = side_count_lost(p->filter.rejects);
    report_figure(p, "records", now->records - before->records);
    report_figure(p, "bad_records", now->bad - before->bad);
    report_figure(p, "full", now->full - before->full);
    if (p->filter.rejects)
        report_figure(p, "rejects_lost", now->rejects_lost - before->rejects_lost);
    *before = *now;
}

/* --- the filter ------------------------------------------------------------------------------- */

static void note_full(struct put *p)
{
    bool full = outbox_is_full(&p->outbox);
    if (full && !p->was_full && !p->figures.full++)
        warn("the buffer is full: standard input waits");
    p->was_full = full;
}

static int64_t tick(void *self)
{
    struct put *p = self;
    if (p->filter.now >= p->next_report) {
        p->next_report = p->filter.now + REPORT_EVERY;
        report(p);
    }
    note_full(p);
    return p->figures.records != p->reported.records ? p->next_report : INT64_MAX;
}

static int64_t watch(void *self, struct pollfd *polled)
{
    struct put *p = self;
    *polled = (struct pollfd){ .fd = p->events[0], .events = POLLIN };
    int64_t due = outbox_step(&p->outbox, p->filter.now);
    /* What has just come may be all that is waited for. */
    bool is_over = p->is_ending ? !p->outbox.waiting : p->waits && !outbox_is_full(&p->outbox);
    return is_over || p->outbox.is_broken ? p->filter.now : due;
}

/* watch, which comes before the next poll, takes what librdkafka has. */
static void step(void *self, short revents)
{
    char bytes[64];
    struct put *p = self;
    while (revents && read(p->events[0], bytes, sizeof bytes) == sizeof bytes)
        ;
}

/* Waits until everything is delivered; after a signal, until --drain. */
static void end(void *self)
{
    struct put *p = self;
    struct outbox *o = &p->outbox;
    int64_t least = clock_monotonic_ms() + DRAIN_LEAST;
    p->is_ending = true;
    report(p);
    outbox_end(o, p->filter.now);
    while (o->waiting && !o->is_broken && !p->filter.is_early) {
        int64_t last = signals_time() ? signals_time() + p->config->filter.drain : INT64_MAX;
        last = last < least ? least : last;
        if (p->filter.now >= last)
            break;
        filter_turn(&p->filter, last);
    }
    p->filter.failed |= o->waiting > 0;
}

static void status(void *self)
{
    const struct put *p = self;
    say("%llu records, %llu delivered, %llu bad, %llu undelivered", (unsigned long long)p->figures.records,
        (unsigned long long)p->outbox.delivered, (unsigned long long)p->figures.bad,
        (unsigned long long)p->outbox.undelivered);
}

static void summarise(void *self)
{
    struct put *p = self;
    complaint_summary(&p->refusals.complaint);
    complaint_summary(&p->outbox.refused);
    complaint_summary(&p->outbox.report.errors);
    if (p->outbox.undelivered)
        say("%llu records not delivered", (unsigned long long)p->outbox.undelivered);
    if (die_verbosity() > 0)
        status(p);
}

static void left(void *self, char *text)
{
    const struct put *p = self;
    if (p->outbox.undelivered)
        snprintf(text, FILTER_LEFT_MAX, "%llu records", (unsigned long long)p->outbox.undelivered);
}

static void open_events(struct put *p)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(p->outbox.rk);
    if (pipe2(p->events, O_NONBLOCK | O_CLOEXEC) < 0)
        die_errno("pipe");
    rd_kafka_queue_io_event_enable(queue, p->events[1], "", 1);
    rd_kafka_queue_destroy(queue);
}

enum exit_code put(const struct config *config)
{
    static const struct filter_calls calls = { .take = take,
                                               .is_full = is_full,
                                               .tick = tick,
                                               .watch = watch,
                                               .step = step,
                                               .end = end,
                                               .summarise = summarise,
                                               .status = status,
                                               .left = left,
                                               .is_endless = true };
    static char standard_input[] = "-", *files[] = { standard_input, NULL };
    struct put p = { .config = config, .memo = RECORD_MEMO_NONE };
    enum exit_code code = EXIT_FAILED;
    filter_begin(&p.filter, &config->filter, FILTER_NO_OUT);
    p.refusals = (struct refusals){ .complaint = { .what = "bad records" },
                                    .rejects = p.filter.rejects,
                                    .strict = config->filter.strict };
    outbox_open(&p.outbox, config);
    int32_t partitions = topics_check(p.outbox.rk, config, &p.outbox.report);
    if (partitions) {
        p.filter.now = clock_monotonic_ms();
        p.next_report = p.filter.now + REPORT_EVERY;
        outbox_begin(&p.outbox, partitions, p.filter.now);
        placing_init(&p.placing);
        open_events(&p);
        code = filter_run(&p.filter, files, &calls, &p);
        placing_free(&p.placing);
    } else {
        say("ended by a signal before Kafka answered");
    }
    outbox_close(&p.outbox);
    return code;
}
