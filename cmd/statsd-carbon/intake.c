#include "intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "plaintext.h"

void intake_init(struct intake *in, const struct intake_options *options, const struct paths *paths,
                 struct queue *queue, struct figures *figures)
{
    *in = (struct intake){
        .options = options,
        .paths = paths,
        .queue = queue,
        .figures = figures,
        .bad = { .complaint = { .what = "bad lines" }, .rejects = options->rejects, .strict = options->strict },
        .unknown = { .complaint = { .what = "lines of unknown type" }, .rejects = options->rejects },
        .dropped = { .what = "flushes with dropped lines" },
    };
    rows_init(&in->rows, paths, options->no_counts);
}

static void summarize(struct intake *in)
{
    complaint_summary(&in->bad.complaint);
    complaint_summary(&in->unknown.complaint);
    if (in->options->rejects)
        out_flush(in->options->rejects);
}

void intake_free(struct intake *in)
{
    summarize(in);
    complaint_summary(&in->dropped);
    rows_free(&in->rows);
    free(in->self);
}

/* Refuses a line. what and why may be of any of the languages it could have been in. */
static bool refuse(struct intake *in, const struct intake_line *line, const char *what, struct span culprit,
                   const char *why)
{
    refusals_add(&in->bad, &(struct refusal){ clock_wall_ms(), "stdin", line->number, what, culprit, why, line->text });
    if (in->figures)
        in->figures->bad_lines++;
    return false;
}

/* --- intervals --------------------------------------------------------------------------------------------------------- */

static void say_dropped(struct intake *in)
{
    uint64_t dropped = in->queue->dropped - in->dropped_said;
    if (!dropped)
        return;
    complain(&in->dropped, "the buffer of %zu bytes is full: %llu lines dropped, the oldest first", in->queue->limit,
             (unsigned long long)dropped);
    in->dropped_said = in->queue->dropped;
    if (in->figures)
        in->figures->lines_dropped += (int64_t)dropped;
}

static void add_figures(struct intake *in)
{
    static const struct span default_self = SPAN("statsd");
    struct span self = in->self ? (struct span){ in->self, in->self_length } : default_self;
    struct span calculation = { in->calculation, in->calculation_length };
    if (!calculation.length)
        calculation = SPAN("0");
    figures_add(in->figures, in->queue, in->paths, self, calculation, (struct span){ in->time_text, in->time_length });
    figures_begin(in->figures, in->queue, clock_monotonic_ms());
}

void intake_flush(struct intake *in)
{
    say_dropped(in);
    if (in->open && in->figures)
        add_figures(in);
    if (in->open)
        summarize(in);
    in->open = in->plain = false;
    in->calculation_length = 0;
    queue_commit(in->queue);
}

void intake_pause(struct intake *in)
{
    if (in->plain) {
        say_dropped(in);
        queue_commit(in->queue);
    }
    in->plain = false;
}

static void begin_interval(struct intake *in, const struct aggregate *a)
{
    in->open = true;
    in->time = a->time;
    in->time_length = a->time_text.length < sizeof in->time_text ? a->time_text.length : sizeof in->time_text;
    memcpy(in->time_text, a->time_text.text, in->time_length);
    rows_open(&in->rows, a->time_text);
}

static void note_own(struct intake *in, const struct aggregate *a)
{
    if (a->series.length > in->self_capacity || !in->self) {
        in->self = xreallocarray(in->self, a->series.length + 1, 1);
        in->self_capacity = a->series.length;
    }
    memcpy(in->self, a->series.text, a->series.length);
    in->self_length = a->series.length;
    if (span_is(a->statistic, "processing_time") && a->value.length <= sizeof in->calculation) {
        memcpy(in->calculation, a->value.text, a->value.length);
        in->calculation_length = a->value.length;
    }
}

/* --- lines ------------------------------------------------------------------------------------------------------------- */

/* The line that stands in the queue's room becomes a part of it, unless Carbon would hang up on it. */
static bool add(struct intake *in, const char *room, const char *end)
{
    size_t size = (size_t)(end - room);
    if (size > CARBON_LINE_MAX + 1)
        return false;
    queue_added(in->queue, size);
    /* A single interval may be larger than what may wait: it then begins to leave before it is complete. */
    if (queue_uncommitted(in->queue) > in->queue->limit / 2)
        queue_commit(in->queue);
    return true;
}

static bool is_wanted(const struct intake *in, const struct aggregate *a)
{
    if (a->type == AGGREGATE_OWN)
        return !in->options->no_self;
    return !(in->options->no_counts && a->type == AGGREGATE_COUNTER && span_is(a->statistic, "count"));
}

static bool add_aggregate(struct intake *in, const struct aggregate *a)
{
    if (in->open && a->time != in->time)
        intake_flush(in);
    if (!in->open)
        begin_interval(in, a);
    if (a->type == AGGREGATE_OWN)
        note_own(in, a);
    bool good = true;
    if (is_wanted(in, a)) {
        char *room = queue_room(in->queue, path_size(in->paths, a));
        good = add(in, room, path_write(in->paths, room, a));
    }
    if (aggregate_ends_interval(a))
        intake_flush(in);
    return good;
}

static bool refuse_long(struct intake *in, const struct intake_line *line, struct span culprit)
{
    return refuse(in, line, "bad path", culprit, "its line is longer than the 16384 bytes Carbon takes");
}

/* Of a later version, perhaps: not wrong, but not for us. */
static bool skip_unknown(struct intake *in, const struct intake_line *line, struct span culprit)
{
    const char *what = aggregate_error_what(AGGREGATE_UNKNOWN_TYPE), *why = aggregate_error_why(AGGREGATE_UNKNOWN_TYPE);
    refusals_add(&in->unknown,
                 &(struct refusal){ clock_wall_ms(), "stdin", line->number, what, culprit, why, line->text });
    return true;
}

static bool take_aggregate(struct intake *in, const struct intake_line *line)
{
    struct aggregate a;
    struct span culprit = line->text;
    enum aggregate_error error = line->too_long ? AGGREGATE_TOO_LONG
                                 : line->torn   ? AGGREGATE_TORN
                                                : aggregate_parse(line->text.text, line->text.length, &a, &culprit);
    const char *what = aggregate_error_what(error);
    switch (error) {
    case AGGREGATE_OK: return add_aggregate(in, &a) || refuse_long(in, line, a.series);
    case AGGREGATE_UNKNOWN_TYPE: return skip_unknown(in, line, culprit);
    case AGGREGATE_RECORD:
        return refuse(in, line, what, culprit, "this looks like a record: is statsd-agg missing before statsd-carbon?");
    default: return refuse(in, line, what, culprit, aggregate_error_why(error));
    }
}

static bool take_plaintext(struct intake *in, const struct intake_line *line)
{
    struct plaintext p;
    struct span culprit = line->text;
    if (line->too_long)
        return refuse(in, line, "bad line", culprit, aggregate_error_why(AGGREGATE_TOO_LONG));
    if (line->torn)
        return refuse(in, line, "torn line", culprit, aggregate_error_why(AGGREGATE_TORN));
    enum plaintext_error error = plaintext_parse(line->text, &p, &culprit);
    if (error != PLAINTEXT_OK)
        return refuse(in, line, plaintext_error_what(error), culprit, plaintext_error_why(error));
    char *room = queue_room(in->queue, line->text.length + 1);
    in->plain = true;
    return add(in, room, plaintext_write(room, &p)) || refuse_long(in, line, p.path);
}

bool intake_line(struct intake *in, const struct intake_line *line)
{
    if (!line->text.length)
        return true;
    in->lines++;
    return memchr(line->text.text, '\t', line->text.length) ? take_aggregate(in, line) : take_plaintext(in, line);
}

const char *intake_rows(struct intake *in, const char *from, const char *end, size_t max_line, uint64_t *number)
{
    if (!in->open)
        return from;
    char *room = queue_room(in->queue, ROWS_ROOM_LEAST);
    struct rows_work work = {
        .from = from, .end = end, .max_line = max_line, .to = room, .to_end = room + queue_budget(in->queue)
    };
    rows_take(&in->rows, &work);
    queue_added_lines(in->queue, (size_t)(work.to - room), work.written);
    in->lines += work.read;
    *number += work.read;
    return work.from;
}
