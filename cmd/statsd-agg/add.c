#include "add.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void add_refuse(struct adder *a, struct refusals *kind, struct span line, uint64_t number, const char *what,
                struct span culprit, const char *why)
{
    const struct refusal refusal = {
        .time = a->now,
        .where = a->input,
        .line = number,
        .what = what,
        .culprit = culprit,
        .why = why,
        .bytes = line,
    };
    refusals_add(kind, &refusal);
    a->stop |= kind->strict;
}

/* The whole line: a record's series is its first column. */
static struct span line_of(const struct pending_record *p)
{
    return (struct span){ p->record.series.text, p->line_length };
}

static void refuse(struct adder *a, struct refusals *kind, const struct pending_record *p, const char *what,
                   struct span culprit, const char *why)
{
    add_refuse(a, kind, line_of(p), p->number, what, culprit, why);
}

static void keep_late(struct side *late_lines, struct span line)
{
    char *room = side_room(late_lines, line.length + 1);
    if (!room)
        return;
    memcpy(room, line.text, line.length);
    room[line.length] = '\n';
    side_added(late_lines, line.length + 1);
}

static void refuse_late(struct adder *a, const struct pending_record *p, int64_t missing)
{
    char why[160];
    int64_t enough = (a->config->lateness + missing + 999) / 1000;
    snprintf(why, sizeof why,
             "its interval has been written: --lateness %" PRId64 "s, or input sorted by time, would have kept it",
             enough);
    if (a->late_lines)
        keep_late(a->late_lines, line_of(p));
    a->store->self_counts.late++;
    a->store->self_counts.records++;
    refuse(a, &a->late, p, "late record", line_of(p), why);
}

/* The interval a record belongs to, or NULL when the record is late. */
static struct interval *interval_of(struct adder *a, const struct pending_record *p)
{
    const struct record *r = &p->record;
    if (a->config->mode != TIME_EVENT)
        return a->store->current;
    struct event_intervals *event = &a->store->event;
    struct interval *last = event_last_interval(event, r->time);
    if (last)
        return last;
    int64_t missing = event_lateness_missing(event, r->time);
    if (missing) {
        refuse_late(a, p, missing);
        return NULL;
    }
    bool is_newest = r->time > event->newest && !event->by_clock;
    struct interval *interval = event_interval(event, r->time);
    if (is_newest)
        a->close_due(a->context);
    return interval;
}

static bool add_counter(struct store *s, struct interval *interval, uint32_t slot, double amount)
{
    struct cell *c = interval_get(interval, &s->table, slot);
    double sum = c->sum + amount;
    if (!isfinite(sum))
        return false;
    c->sum = sum;
    return true;
}

/* The gauge's value when the interval began. */
static double gauge_before(const struct store *s, const struct interval *interval, uint32_t slot)
{
    const struct slot *of = &s->table.slots[slot];
    int64_t last_end = table_last_end(&s->table, of);
    return idle_is_over(s->config->idle, FAMILY_GAUGE, last_end, interval->end) ? 0 : of->cell.before;
}

bool add_gauge(struct adder *a, struct interval *interval, uint32_t slot, const struct record *r)
{
    struct table *t = &a->store->table;
    bool is_delta = r->type == RECORD_GAUGE_DELTA;
    if (a->config->gauges_by_time) {
        struct cell *c = interval_get(interval, t, slot);
        c->gauge_samples = gauge_samples_add(c->gauge_samples, r->time, r->number, is_delta);
        return true;
    }
    struct cell *c = interval_find(interval, t, slot);
    double value = r->number;
    if (is_delta)
        value += c ? c->value : gauge_before(a->store, interval, slot);
    if (!isfinite(value))
        return false;
    interval_get(interval, t, slot)->value = value;
    return true;
}

/* Forgets the series that has been idle longest; false when none is idle. */
static bool evict_one(struct adder *a)
{
    struct store *s = a->store;
    int64_t victim = evict_choose(&s->evict, &s->table);
    if (victim < 0)
        return false;
    table_forget(&s->table, (uint32_t)victim);
    if (!flush_needs(a->flush, (uint32_t)victim))
        table_release(&s->table, (uint32_t)victim);
    s->self_counts.series_evicted++;
    return true;
}

/* The record's slot, created when there is room or an idle series can be evicted; -1 otherwise. */
static int64_t slot_of(struct adder *a, const struct pending_record *p)
{
    struct table *t = &a->store->table;
    const struct series_key key = { p->record.series, p->family, p->hash };
    if (table_confirm(t, p->guess, key.series, key.family))
        return p->guess;
    int64_t slot = table_get(t, &key);
    if (slot < 0 && evict_one(a))
        slot = table_get(t, &key);
    return slot;
}

static void refuse_series(struct adder *a, const struct pending_record *p)
{
    char why[100];
    snprintf(why, sizeof why, "the limit of --max-series, %zu, is reached and no series is idle",
             a->config->filter.max_series);
    a->store->self_counts.series_refused++;
    refuse(a, &a->series, p, "new series", p->record.series, why);
}

/* False when the value must be refused: it would make a counter or a gauge not finite. */
static bool add_value(struct adder *a, struct interval *interval, const struct pending_record *p)
{
    struct store *s = a->store;
    const struct record *r = &p->record;
    const struct cell_limits *limits = &a->config->limits;
    double weight = add_weight(r), amount = r->number * weight;
    if (p->family == FAMILY_COUNTER && !isfinite(amount))
        return false;
    int64_t found = slot_of(a, p);
    if (found < 0) {
        refuse_series(a, p);
        return true;
    }
    uint32_t slot = (uint32_t)found;
    switch (p->family) {
    case FAMILY_COUNTER: return add_counter(s, interval, slot, amount);
    case FAMILY_GAUGE: return add_gauge(a, interval, slot, r);
    case FAMILY_TIMER:
        cell_add_sample(interval_get(interval, &s->table, slot), limits, &s->pool, r->number, weight);
        return true;
    default:
        cell_add_member(interval_get(interval, &s->table, slot), limits, &s->pool, p->member_hash, r->value);
        return true;
    }
}

void add_refuse_value(struct adder *a, struct interval *interval, const struct pending_record *p)
{
    interval->bad++;
    refuse(a, &a->bad, p, "bad value", p->record.value,
           p->family == FAMILY_COUNTER ? "the counter would not be finite" : "the gauge would not be finite");
}

void add_times(struct adder *a, struct interval *interval, int64_t newest)
{
    if (newest > interval->newest)
        interval->newest = newest;
    if (a->config->mode != TIME_LIVE)
        return;
    struct self_counts *self = &a->store->self_counts;
    int64_t lag = a->now - newest;
    if (!self->has_timestamp_lag || lag < self->timestamp_lag)
        self->timestamp_lag = lag;
    self->has_timestamp_lag = true;
}

void add_record(struct adder *a, const struct pending_record *p)
{
    struct interval *interval = interval_of(a, p);
    if (!interval)
        return;
    interval->records++;
    if (add_value(a, interval, p))
        add_times(a, interval, p->record.time);
    else
        add_refuse_value(a, interval, p);
}
