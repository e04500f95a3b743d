#include "agg.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "die.h"
#include "record.h"

void agg_init(struct agg *a, const struct config *config, struct out *out, struct out *rejects)
{
    *a = (struct agg){ .config = config, .out = out, .where = "stdin", .now = clock_wall_ms() };
    a->bad = (struct refusals){ { .what = "bad records" }, rejects, config->strict };
    a->late = (struct refusals){ { .what = "late records" }, rejects, config->strict };
    table_init(&a->table);
    if (config->mode == TIME_EVENT) {
        windows_init(&a->windows, config->interval, 0, config->lateness, config->max_gap);
    } else if (config->mode == TIME_LIVE) {
        schedule_begin(&a->schedule, config->interval, 0, a->now, clock_monotonic_ms());
        a->current = interval_new(a->schedule.start, a->schedule.end, 1);
    } else {
        a->current = interval_new(0, 0, 1);
    }
}

void agg_free(struct agg *a)
{
    flush_free(&a->flush);
    if (a->current)
        interval_free(a->current);
    windows_free(&a->windows);
    table_free(&a->table);
}

/* Holes may be closed only between flushes: a flush walks the slots by number. */
static void compact(struct agg *a)
{
    uint32_t *moved = table_compact(&a->table);
    if (!moved)
        return;
    if (a->current)
        interval_renumber(a->current, moved);
    for (size_t i = 0; i < a->windows.count; i++)
        interval_renumber(a->windows.open[i], moved);
    free(moved);
}

static bool step(struct agg *a)
{
    if (!a->flush.interval)
        return true;
    if (!flush_step(&a->flush, a->config, &a->table, a->current, &a->live, a->out))
        return false;
    compact(a);
    return true;
}

static void write_all(struct agg *a)
{
    while (!step(a))
        out_flush(a->out);
}

static void begin_flush(struct agg *a, struct interval *v, double seconds)
{
    int64_t stamp = v->end;
    if (a->config->mode == TIME_ONCE)
        stamp = v->newest;
    else if (a->config->stamp_start)
        stamp = v->start;
    flush_begin(&a->flush, a->config, &a->table, v, stamp, seconds);
    a->wrote = true;
    complaint_summary(&a->bad.complaint);
    complaint_summary(&a->late.complaint);
}

static void close_window(struct agg *a, struct interval *v)
{
    v->records += a->waiting_records;
    v->bad += a->waiting_bad;
    v->late += a->waiting_late;
    a->waiting_records = a->waiting_bad = a->waiting_late = 0;
    begin_flush(a, v, (double)a->config->interval / 1000);
    write_all(a);
}

static void close_due(struct agg *a, bool all)
{
    struct interval *v;
    while ((v = windows_take(&a->windows, all)) != NULL)
        close_window(a, v);
}

static void refuse(struct agg *a, struct refusals *kind, const struct line *line, uint64_t number, const char *what,
                   struct span culprit, const char *why)
{
    const struct refusal refusal = {
        .time = a->now,
        .where = a->where,
        .line = number,
        .what = what,
        .culprit = culprit,
        .why = why,
        .bytes = { line->text, line->length },
    };
    refusals_add(kind, &refusal);
    a->stop |= a->config->strict;
}

static void refuse_bad(struct agg *a, const struct line *line, uint64_t number, const char *what, struct span culprit,
                       const char *why)
{
    ++*(a->current ? &a->current->bad : &a->waiting_bad);
    refuse(a, &a->bad, line, number, what, culprit, why);
}

static void refuse_late(struct agg *a, const struct line *line, uint64_t number, int64_t missing)
{
    char why[160];
    int64_t enough = (a->config->lateness + missing + 999) / 1000;
    snprintf(why, sizeof why,
             "its interval has been written: --lateness %" PRId64
             "s, or input in the order of time, would have kept it",
             enough);
    a->waiting_late++;
    a->waiting_records++;
    refuse(a, &a->late, line, number, "late record", (struct span){ line->text, line->length }, why);
}

/* The interval a record belongs to, or NULL when it is late. */
static struct interval *interval_for(struct agg *a, const struct record *r, const struct line *line, uint64_t number)
{
    if (a->config->mode != TIME_EVENT)
        return a->current;
    int64_t missing = windows_lateness_missing(&a->windows, r->time);
    if (missing) {
        refuse_late(a, line, number, missing);
        return NULL;
    }
    bool is_newest = r->time > a->windows.newest;
    struct interval *v = windows_get(&a->windows, r->time);
    if (is_newest)
        close_due(a, false);
    return v;
}

static bool add_counter(struct agg *a, struct interval *v, uint32_t slot, double amount)
{
    struct cell *c = interval_get(v, &a->table, slot, a->config->mode == TIME_EVENT);
    double sum = c->sum + amount;
    if (!isfinite(sum))
        return false;
    c->sum = sum;
    return true;
}

/* Live, a gauge changes at once; by time its samples wait for the interval's close, in whose order they count. */
static bool add_gauge(struct agg *a, struct interval *v, uint32_t slot, const struct record *r)
{
    bool is_delta = r->type == RECORD_GAUGE_DELTA;
    if (a->config->gauges_by_time) {
        struct cell *c = interval_get(v, &a->table, slot, a->config->mode == TIME_EVENT);
        c->gauge = gauge_add(c->gauge, r->time, r->number, is_delta);
        return true;
    }
    struct slot *s = &a->table.slots[slot];
    struct cell *c = interval_find(v, &a->table, slot);
    double before = s->gauge;
    if (!c && idle_is_over(a->config, FAMILY_GAUGE, s->last_end, v->end))
        before = 0;
    double value = is_delta ? before + r->number : r->number;
    if (!isfinite(value))
        return false;
    if (!c) {
        c = interval_get(v, &a->table, slot, false);
        c->base = s->gauge;
    }
    c->value = s->gauge = value;
    return true;
}

static bool add(struct agg *a, struct interval *v, const struct record *r)
{
    enum family family = family_of(r->type);
    double weight = r->rate == 1 ? 1 : 1 / r->rate;
    double amount = r->number * weight;
    if (family == FAMILY_COUNTER && !isfinite(amount))
        return false;
    uint32_t slot = table_get(&a->table, r->series, family);
    bool with_map = a->config->mode == TIME_EVENT;
    struct cell *c;
    switch (family) {
    case FAMILY_COUNTER: return add_counter(a, v, slot, amount);
    case FAMILY_GAUGE: return add_gauge(a, v, slot, r);
    case FAMILY_TIMER: cell_add_sample(interval_get(v, &a->table, slot, with_map), r->number, weight); return true;
    default:
        c = interval_get(v, &a->table, slot, with_map);
        c->members = members_add(c->members, &a->table.seed, r->value);
        return true;
    }
}

static void note_lag(struct agg *a, int64_t time)
{
    int64_t lag = a->now - time;
    if (!a->has_lag || lag < a->lag)
        a->lag = lag;
    a->has_lag = true;
}

static void take_record(struct agg *a, const struct record *r, const struct line *line, uint64_t number)
{
    struct interval *v = interval_for(a, r, line, number);
    if (!v)
        return;
    v->records++;
    if (!add(a, v, r)) {
        v->bad++;
        refuse(a, &a->bad, line, number, "bad value", r->value,
               r->type == RECORD_COUNTER ? "the counter would not be finite" : "the gauge would not be finite");
        return;
    }
    if (r->time > v->newest)
        v->newest = r->time;
    if (a->config->mode == TIME_LIVE)
        note_lag(a, r->time);
}

void agg_take(struct agg *a, enum lines_status status, const struct line *line, uint64_t number)
{
    struct record record;
    struct span culprit = { line->text, line->length };
    enum record_error error = RECORD_TOO_LONG;
    if (status == LINES_ONE && !line->length)
        return;
    a->records++;
    if (status == LINES_ONE)
        error = line->torn ? RECORD_TORN : record_parse(line->text, line->length, &record, &culprit);
    if (error == RECORD_OK) {
        take_record(a, &record, line, number);
        return;
    }
    ++*(a->current ? &a->current->records : &a->waiting_records);
    refuse_bad(a, line, number, record_error_what(error), culprit, record_error_why(error));
}

static void say_lag(const struct agg *a)
{
    if (a->has_lag && a->lag > a->config->interval)
        warn("input runs %" PRId64 " s behind the clock: a filter in the pipe may not be line-buffered", a->lag / 1000);
}

static void close_current(struct agg *a, int64_t start, int64_t end, bool is_last)
{
    struct interval *v = a->current;
    v->start = start;
    v->end = end;
    a->live = (struct flush_live){ true, a->has_lag, (double)a->lag / 1000 };
    say_lag(a);
    a->has_lag = false;
    a->current = is_last ? NULL : interval_new(a->schedule.start, a->schedule.end, v->serial + 1);
    begin_flush(a, v, (double)(end - start) / 1000);
}

void agg_tick(struct agg *a)
{
    a->now = clock_wall_ms();
    if (a->config->mode != TIME_LIVE)
        return;
    struct closing closing = schedule_look(&a->schedule, a->now, clock_monotonic_ms(), !agg_is_flushing(a));
    if (closing.due)
        close_current(a, closing.start, closing.end, false);
    else
        a->current->end = a->schedule.end;
    step(a);
}

bool agg_is_flushing(const struct agg *a)
{
    return a->flush.interval != NULL;
}

int agg_timeout(const struct agg *a)
{
    return a->config->mode == TIME_LIVE ? schedule_timeout(&a->schedule, clock_wall_ms()) : -1;
}

static void end_once(struct agg *a)
{
    if (a->current->newest == NEVER)
        return;
    struct interval *v = a->current;
    a->current = NULL;
    begin_flush(a, v, (double)a->config->interval / 1000);
    write_all(a);
}

void agg_end(struct agg *a)
{
    write_all(a);
    if (a->config->mode == TIME_ONCE)
        end_once(a);
    else if (a->config->mode == TIME_EVENT)
        close_due(a, true);
    else {
        close_current(a, a->schedule.start, a->schedule.end, true);
        write_all(a);
    }
    complaint_summary(&a->bad.complaint);
    complaint_summary(&a->late.complaint);
    if (a->config->mode != TIME_LIVE && !a->wrote)
        warn("no good record: %" PRIu64 " records, %" PRIu64 " bad", a->records, a->bad.complaint.total);
}

void agg_say_counts(const struct agg *a)
{
    say("%" PRIu64 " records, %" PRIu64 " bad, %" PRIu64 " late, %" PRIu32 " series", a->records,
        a->bad.complaint.total, a->late.complaint.total, a->table.known);
}
