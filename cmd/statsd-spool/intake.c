#include "intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "filter/options.h"
#include "format/aggregate.h"
#include "format/columns.h"

/* Adds what has been taken to the open interval. */
static void pass_on(struct intake *k)
{
    if (k->taken)
        interval_add(&k->interval, k->from, (size_t)(k->to - k->from), k->taken, k->now);
    k->from = k->to;
    k->taken = 0;
}

/* Takes a line, or several, that stand together. */
static void keep(struct intake *k, const char *from, const char *to, uint64_t count)
{
    if (from != k->to || !k->taken) {
        pass_on(k);
        k->from = from;
    }
    k->to = to;
    k->taken += count;
}

/* --- own rows --------------------------------------------------------------------------------- */

static void set_self(struct intake *k, struct span series)
{
    if (k->options.self || (k->self.text && span_equal(k->self, series)))
        return;
    free((char *)(uintptr_t)k->self.text);
    k->self = (struct span){ xstrndup(series.text, series.length), series.length };
}

static void tell(struct intake *k, struct span statistic, uint64_t *untold, uint64_t *told)
{
    char time[CLOCK_TEXT_MAX];
    if (!*untold)
        return;
    struct span time_text = { time, clock_format(k->interval.segment.name.time, time) };
    struct span self = k->self.text ? k->self : SPAN(FILTER_SELF_PREFIX);
    char *row = xmalloc(aggregate_size(self, statistic));
    const char *end = aggregate_write(row, self, AGGREGATE_OWN, statistic, (double)*untold, time_text);
    interval_add(&k->interval, row, (size_t)(end - row), 1, k->now);
    free(row);
    *told += *untold;
    *untold = 0;
}

enum { TELL_ROOM = 512 }; /* bytes that own rows usually fit into */

static void tell_all(struct intake *k)
{
    struct told *untold = &k->interval.store->untold, *told = &k->interval.segment.told;
    uint64_t rejects_lost = side_count_lost(k->refusals.rejects);
    untold->rejects_lost += rejects_lost - k->rejects_told;
    k->rejects_told = rejects_lost;
    if (k->options.no_self || k->interval.dropped)
        return;
    tell(k, SPAN("spool.lines_dropped"), &untold->lines_dropped, &told->lines_dropped);
    tell(k, SPAN("spool.bad_lines"), &untold->bad_lines, &told->bad_lines);
    tell(k, SPAN("spool.rejects_lost"), &untold->rejects_lost, &told->rejects_lost);
}

/* --- intervals -------------------------------------------------------------------------------- */

static void finish(struct intake *k)
{
    size_t last = k->is_row ? (size_t)(k->line_end - k->line) : 0;
    pass_on(k);
    /* What the last lines push out can then be told in this interval. */
    store_make_room(k->interval.store, last + TELL_ROOM);
    tell_all(k);
    if (k->is_row)
        interval_add(&k->interval, k->line, (size_t)(k->line_end - k->line), 1, k->now);
    k->is_row = false;
    k->time.length = 0;
    interval_end(&k->interval, k->now);
    k->intervals++;
}

static void begin(struct intake *k, int64_t time)
{
    if (k->interval.is_open && k->interval.segment.name.time == time)
        return;
    if (k->interval.is_open)
        finish(k);
    interval_begin(&k->interval, time, k->now);
}

static bool take_row(void *self, const struct aggregate *a, struct rows_refusal *refused)
{
    struct intake *k = self;
    (void)refused;
    begin(k, a->time);
    if (!k->time.length)
        k->time = stretch_time(rows_time_text(&k->rows));
    if (a->type == AGGREGATE_OWN)
        set_self(k, a->series);
    k->is_row = true;
    return true;
}

static void take_end(void *self)
{
    struct intake *k = self;
    if (k->interval.is_open)
        finish(k);
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool refuse(struct intake *k, const struct rows_line *line, uint64_t number, const struct rows_refusal *refused)
{
    const struct refusal refusal = {
        .time = clock_wall_ms(),
        .where = "stdin",
        .line = number,
        .what = refused->what,
        .culprit = refused->culprit,
        .why = refused->why,
        .bytes = line->text,
    };
    k->interval.store->untold.bad_lines++;
    refusals_add(&k->refusals, &refusal);
    return false;
}

/* A row whose type a later version may know: it belongs to the interval whose time it has. */
static bool take_unknown(struct intake *k, const struct rows_line *line)
{
    enum { TIME = 4, COLUMNS };
    struct span columns[COLUMNS];
    int64_t time;
    if (columns_split(line->text.text, line->text.length, columns, COLUMNS) < COLUMNS ||
        !clock_parse(columns[TIME].text, columns[TIME].length, &time))
        return false;
    begin(k, time);
    k->is_row = true;
    return true;
}

/* A line that is no good row, and is passed on nevertheless: the sink judges it. */
static bool take_other(struct intake *k, const struct rows_line *line, const struct rows_refusal *refused)
{
    if (line->torn || line->too_long)
        return false;
    if (k->rows.is_open && k->time.length && stretch_ends(&line->text, rows_time_text(&k->rows)))
        return k->is_row = true;
    return refused->is_unknown && take_unknown(k, line);
}

static bool take_line(struct intake *k, const struct lines *in, const struct line *line, enum lines_status status)
{
    const struct rows_line row = { { line->text, line->length }, line->torn, status == LINES_TOO_LONG };
    struct rows_refusal refused;
    if (!line->length)
        return true;
    k->lines++;
    k->line = line->text;
    k->line_end = lines_begin(in);
    k->is_row = false;
    if (!rows_line(&k->rows, &row, &refused) && !take_other(k, &row, &refused))
        return refuse(k, &row, in->number, &refused);
    if (k->is_row)
        keep(k, k->line, k->line_end, 1);
    k->is_row = false;
    return true;
}

/* Takes the lines that can be taken in one stretch. */
static void take_stretch(struct intake *k, struct lines *in)
{
    uint64_t count = 0;
    if (in->dropping || !k->rows.is_open || !k->interval.is_open)
        return;
    const char *from = lines_begin(in);
    const char *to = stretch_end(&k->time, from, lines_end(in), k->options.max_line, &count);
    if (!count)
        return;
    keep(k, from, to, count);
    k->lines += count;
    lines_pass(in, to, count);
}

enum lines_status intake_take(struct intake *k, struct lines *in)
{
    struct line line;
    enum lines_status status;
    bool is_good = true;
    do {
        take_stretch(k, in);
        status = lines_next(in, &line);
        if (status < LINES_MORE)
            is_good = take_line(k, in, &line, status);
    } while (status < LINES_MORE && (is_good || !k->refusals.strict));
    pass_on(k);
    return status;
}

void intake_pause(struct intake *k)
{
    if (k->interval.is_open)
        interval_flush(&k->interval, k->now);
}

void intake_end(struct intake *k, bool is_pause)
{
    if (is_pause && k->rows.has_ends)
        return;
    rows_end(&k->rows);
    if (k->interval.is_open)
        finish(k);
}

void intake_init(struct intake *k, const struct intake_options *options, struct store *store, struct side *rejects)
{
    static const struct rows_owner owner = { .row = take_row, .end = take_end };
    *k = (struct intake){
        .refusals = { .complaint = { .what = "bad lines" }, .rejects = rejects },
        .options = *options,
    };
    interval_init(&k->interval, store);
    if (options->self)
        k->self = aggregate_escaped((struct span){ options->self, strlen(options->self) });
    rows_init(&k->rows, &owner, k, die_program(), options->max_line);
}

void intake_free(struct intake *k)
{
    interval_free(&k->interval);
    rows_free(&k->rows);
    free((char *)(uintptr_t)k->self.text);
}
