/* The part of a sink that reads: lines → rows or points → the open batch. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/plural.h"
#include "base/xalloc.h"
#include "sink/sink.h"

enum { SAY_DROPPED_EVERY = 1000 }; /* ms, where no interval ends */

/* --- refusals --------------------------------------------------------------------------------- */

/* A line of unknown type may come from a later version. It is not bad, only not for this
 * program. */
static bool refuse(struct sink *s, const struct rows_line *line, uint64_t number, const struct rows_refusal *r)
{
    refusals_add(r->is_unknown ? &s->unknown : &s->bad,
                 &(struct refusal){ clock_wall_ms(), "stdin", number, r->what, r->culprit, r->why, line->text, false });
    return r->is_unknown;
}

/* Counts a point that the program refuses, which may stand for several lines. */
static void refuse_point(struct sink *s, const struct point *p, const struct rows_refusal *r)
{
    s->figures.refused_here++;
    refusals_add(&s->refused,
                 &(struct refusal){ clock_wall_ms(), "stdin", 0, r->what, r->culprit, r->why, p->series, false });
}

void sink_report_refused(struct sink *s, const char *why, struct span bytes)
{
    if (bytes.length && bytes.text[bytes.length - 1] == '\n')
        bytes.length--;
    refusals_add(&s->refused,
                 &(struct refusal){ clock_wall_ms(), s->transport->where, 0, "refused", bytes, why, bytes, false });
    s->filter.failed |= s->options->filter.strict;
}

void sink_input_summarise(struct sink *s)
{
    complaint_summary(&s->bad.complaint);
    complaint_summary(&s->unknown.complaint);
    complaint_summary(&s->refused.complaint);
}

void sink_input_say_dropped(struct sink *s)
{
    uint64_t dropped = s->queue.counts.dropped - s->dropped_said;
    if (dropped)
        warn("the buffer of %zu bytes is full: %llu %s dropped, the oldest first", s->options->buffer,
             (unsigned long long)dropped, plural(dropped, "line", "lines"));
    s->dropped_said += dropped;
    s->dropped_said_at = s->filter.now;
}

/* --- own rows and figures --------------------------------------------------------------------- */

static bool tells_figures(const struct sink *s)
{
    return !s->options->dry_run && !s->options->filter.no_self;
}

static void note_own(struct sink *s, struct span series)
{
    if (series.length > s->own_capacity || !s->own_series) {
        s->own_series = xreallocarray(s->own_series, series.length + 1, 1);
        s->own_capacity = series.length;
    }
    memcpy(s->own_series, series.text, series.length);
    s->own_length = series.length;
}

static const struct rows *rows_of(const struct sink *s)
{
    return s->format->row ? &s->rows : &s->points.rows;
}

struct span sink_time_text(const struct sink *s)
{
    return rows_time_text(rows_of(s));
}

struct span sink_own_series(const struct sink *s)
{
    static const struct span none = SPAN("statsd");
    return s->own_series ? (struct span){ s->own_series, s->own_length } : none;
}

/* Makes one batch that completes all of them, so that they are dropped or delivered together. */
static struct queue_told *add_figures(struct sink *s)
{
    struct figure_values values;
    struct rows_refusal refused;
    s->figures.bad_lines = s->bad.complaint.total;
    s->figures.rejects_lost = side_count_lost(s->filter.rejects);
    struct queue_told *told = figures_tell(&s->figures, &s->queue, &s->outage, s->format->figures, &values);
    const struct point p = {
        .series = sink_own_series(s),
        .type = AGGREGATE_OWN,
        .time = rows_of(s)->time,
        .time_text = sink_time_text(s),
        .values = values.values,
        .count = values.count,
    };
    size_t size = values.count * (2 * p.series.length + 4 * sizeof *values.texts);
    queue_room_for(&s->queue, size < s->queue.limits.batch_bytes ? size : 0, values.count);
    if (s->format->point(s->self, s, &p, &refused))
        return told;
    refuse_point(s, &p, &refused);
    figures_give_back(&s->figures, told);
    free(told);
    return NULL;
}

/* --- rows and points -------------------------------------------------------------------------- */

static bool take_row(void *self, const struct aggregate *a, struct rows_refusal *refused)
{
    struct sink *s = self;
    if (a->type == AGGREGATE_OWN)
        note_own(s, a->series);
    if (a->type == AGGREGATE_OWN && s->options->filter.no_self)
        return true;
    return s->format->row(s->self, s, a, refused);
}

static bool learn(void *self, const struct aggregate *a, void *data)
{
    struct sink *s = self;
    return s->format->learn(s->self, s, a, data);
}

static void take_point(void *self, const struct point *p)
{
    struct sink *s = self;
    struct rows_refusal refused = { .is_unknown = false };
    if (p->type == AGGREGATE_OWN)
        note_own(s, p->series);
    if (p->type == AGGREGATE_OWN && s->options->filter.no_self)
        return;
    if (!s->format->point(s->self, s, p, &refused))
        refuse_point(s, p, &refused);
}

static void end_interval(void *self)
{
    struct sink *s = self;
    struct queue_told *told = NULL;
    sink_input_say_dropped(s);
    if (s->format->interval)
        s->format->interval(s->self, s, tells_figures(s));
    if (tells_figures(s))
        told = add_figures(s);
    sink_input_summarise(s);
    s->has_plain = false;
    queue_end_interval(&s->queue, sink_time_text(s), told, clock_monotonic_ms());
}

static void end_points(void *self, int64_t time)
{
    (void)time;
    end_interval(self);
}

void sink_input_begin(struct sink *s)
{
    static const struct points_owner points_owner = { .point = take_point, .end = end_points };
    const struct sink_format *format = s->format;
    size_t max_line = s->options->filter.max_line;
    s->rows_owner = (struct rows_owner){ take_row, end_interval, format->learn ? learn : NULL, format->kind_size };
    s->bad = (struct refusals){ .complaint = { .what = "bad lines" } };
    s->unknown = (struct refusals){ .complaint = { .what = "lines of unknown type" } };
    s->refused = (struct refusals){ .complaint = { .what = "refused lines" } };
    s->bad.rejects = s->unknown.rejects = s->refused.rejects = s->filter.rejects;
    s->bad.strict = s->options->filter.strict;
    if (format->row)
        rows_init(&s->rows, &s->rows_owner, s, die_program(), max_line);
    else
        points_init(&s->points, &points_owner, s, die_program(), max_line);
}

void sink_input_free(struct sink *s)
{
    if (s->format->row)
        rows_free(&s->rows);
    else
        points_free(&s->points);
    free(s->own_series);
}

void sink_input_end_interval(struct sink *s)
{
    if (s->format->row)
        rows_end(&s->rows);
    else
        points_end(&s->points);
}

/* --- lines ------------------------------------------------------------------------------------ */

/* Takes the rows that can be taken in one stretch, before lines_next has looked for the end of the
 * first. */
static void take_stretch(struct sink *s, struct lines *in)
{
    const struct sink_format *format = s->format;
    const char *from = lines_begin(in), *end = lines_end(in), *next = from;
    uint64_t count = 0;
    if (in->dropping)
        return;
    if (!format->row)
        next = points_rows(&s->points, from, end, &count);
    else if (format->rows && s->rows.is_open)
        next = format->rows(s->self, s, from, end, &count);
    s->lines += count;
    if (next != from)
        lines_pass(in, next, count);
}

static bool take_line(struct sink *s, const struct rows_line *line, uint64_t number)
{
    struct rows_refusal refused;
    const struct sink_format *format = s->format;
    bool taken;
    if (!line->text.length)
        return true;
    s->lines++;
    if (format->line && !memchr(line->text.text, '\t', line->text.length)) {
        taken = format->line(s->self, s, line, &refused);
        s->has_plain |= taken;
    } else if (format->row) {
        taken = rows_line(&s->rows, line, &refused);
    } else {
        taken = points_line(&s->points, line, &refused);
    }
    return taken || refuse(s, line, number, &refused);
}

/* What has been read when reading ends is taken even above the limit. */
static bool has_to_wait(const struct sink *s, const struct lines *in)
{
    return s->options->wait && queue_is_full(&s->queue) && !in->cut;
}

enum filter_next sink_input_take(struct sink *s, struct lines *in)
{
    struct line line;
    while (!has_to_wait(s, in)) {
        take_stretch(s, in);
        enum lines_status status = lines_next(in, &line);
        if (status >= LINES_MORE)
            return status == LINES_MORE ? FILTER_MORE : FILTER_END;
        const struct rows_line row = { { line.text, line.length }, line.torn, status == LINES_TOO_LONG };
        if (take_line(s, &row, in->number) || !s->options->filter.strict)
            continue;
        s->filter.failed = true;
        return FILTER_STOP;
    }
    return FILTER_MORE;
}

void sink_input_pause(struct sink *s)
{
    if (!s->has_plain)
        return;
    if (s->filter.now >= s->dropped_said_at + SAY_DROPPED_EVERY)
        sink_input_say_dropped(s);
    queue_release(&s->queue);
    s->has_plain = false;
}
