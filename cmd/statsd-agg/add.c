#include "add.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

void add_refuse(struct agg *a, struct refusals *kind, struct span line, uint64_t number, const char *what,
                struct span culprit, const char *why)
{
    const struct refusal refusal = {
        .time = a->now,
        .where = a->where,
        .line = number,
        .what = what,
        .culprit = culprit,
        .why = why,
        .bytes = line,
    };
    refusals_add(kind, &refusal);
    a->stop |= kind->strict;
}

/* The whole line of a record, with which its first column begins. */
static struct span line_of(const struct taken *t)
{
    return (struct span){ t->record.series.text, t->line_length };
}

static void refuse(struct agg *a, struct refusals *kind, const struct taken *t, const char *what, struct span culprit,
                   const char *why)
{
    add_refuse(a, kind, line_of(t), t->number, what, culprit, why);
}

static void refuse_late(struct agg *a, const struct taken *t, int64_t missing)
{
    char why[160];
    int64_t enough = (a->config->lateness + missing + 999) / 1000;
    snprintf(why, sizeof why,
             "its interval has been written: --lateness %" PRId64
             "s, or input in the order of time, would have kept it",
             enough);
    if (a->late_lines) {
        out_put(a->late_lines, t->record.series.text, t->line_length);
        out_put(a->late_lines, "\n", 1);
    }
    a->waiting_late++;
    a->waiting_records++;
    refuse(a, &a->late, t, "late record", line_of(t), why);
}

/* The interval a record belongs to, or NULL when it is late. */
static struct interval *interval_for(struct agg *a, const struct taken *t)
{
    const struct record *r = &t->record;
    if (a->config->mode != TIME_EVENT)
        return a->current;
    struct interval *same = event_same(&a->event, r->time);
    if (same)
        return same;
    int64_t missing = event_lateness_missing(&a->event, r->time);
    if (missing) {
        refuse_late(a, t, missing);
        return NULL;
    }
    bool is_newest = r->time > a->event.newest;
    struct interval *v = event_get(&a->event, r->time);
    if (is_newest)
        agg_close_due(a, false);
    return v;
}

static bool add_counter(struct agg *a, struct interval *v, uint32_t slot, double amount)
{
    struct cell *c = interval_get(v, &a->table, slot);
    double sum = c->sum + amount;
    if (!isfinite(sum))
        return false;
    c->sum = sum;
    return true;
}

/* A gauge's value when the interval began. */
static double gauge_before(const struct agg *a, const struct interval *v, uint32_t slot)
{
    const struct history *history = &a->table.history[slot];
    return idle_is_over(a->config->idle, FAMILY_GAUGE, history->last_end, v->end) ? 0 : history->gauge;
}

bool add_gauge(struct agg *a, struct interval *v, uint32_t slot, const struct record *r)
{
    bool is_delta = r->type == RECORD_GAUGE_DELTA;
    if (a->config->gauges_by_time) {
        struct cell *c = interval_get(v, &a->table, slot);
        c->gauge_samples = gauge_samples_add(c->gauge_samples, r->time, r->number, is_delta);
        return true;
    }
    struct cell *c = interval_find(v, &a->table, slot);
    double value = r->number;
    if (is_delta)
        value += c ? c->value : gauge_before(a, v, slot);
    if (!isfinite(value))
        return false;
    interval_get(v, &a->table, slot)->value = value;
    return true;
}

/* The record's slot, made when there is room or somebody idle can go; -1 when not. */
static int64_t slot_for(struct agg *a, const struct taken *t)
{
    const struct key key = { t->record.series, t->family, t->hash };
    if (table_confirm(&a->table, t->guess, key.series, key.family))
        return t->guess;
    int64_t slot = table_get(&a->table, &key);
    if (slot >= 0)
        return slot;
    int64_t victim = evict_choose(&a->evict, &a->table);
    if (victim < 0)
        return -1;
    table_forget(&a->table, (uint32_t)victim);
    if (!flush_needs(&a->flush, (uint32_t)victim))
        table_release(&a->table, (uint32_t)victim);
    a->evicted++;
    return table_get(&a->table, &key);
}

static void refuse_series(struct agg *a, const struct taken *t)
{
    char why[80];
    snprintf(why, sizeof why, "--max-series %zu are known and none is idle", a->config->filter.max_series);
    refuse(a, &a->refused, t, "new series", t->record.series, why);
}

/* False when the value is refused: it would make a counter or a gauge not finite. */
static bool add(struct agg *a, struct interval *v, const struct taken *t)
{
    const struct record *r = &t->record;
    const struct limits *limits = &a->config->limits;
    double weight = add_weight(r), amount = r->number * weight;
    if (t->family == FAMILY_COUNTER && !isfinite(amount))
        return false;
    int64_t found = slot_for(a, t);
    if (found < 0) {
        refuse_series(a, t);
        return true;
    }
    uint32_t slot = (uint32_t)found;
    switch (t->family) {
    case FAMILY_COUNTER: return add_counter(a, v, slot, amount);
    case FAMILY_GAUGE: return add_gauge(a, v, slot, r);
    case FAMILY_TIMER:
        cell_add_sample(interval_get(v, &a->table, slot), limits, &a->pool, r->number, weight);
        return true;
    default: cell_add_member(interval_get(v, &a->table, slot), limits, &a->pool, t->member, r->value); return true;
    }
}

void add_refuse_value(struct agg *a, struct interval *v, const struct taken *t)
{
    v->bad++;
    refuse(a, &a->bad, t, "bad value", t->record.value,
           t->family == FAMILY_COUNTER ? "the counter would not be finite" : "the gauge would not be finite");
}

void add_times(struct agg *a, struct interval *v, int64_t newest)
{
    if (newest > v->newest)
        v->newest = newest;
    if (a->config->mode != TIME_LIVE)
        return;
    int64_t lag = a->now - newest;
    if (!a->has_lag || lag < a->lag)
        a->lag = lag;
    a->has_lag = true;
}

void add_record(struct agg *a, const struct taken *t)
{
    struct interval *v = interval_for(a, t);
    if (!v)
        return;
    v->records++;
    if (add(a, v, t))
        add_times(a, v, t->record.time);
    else
        add_refuse_value(a, v, t);
}
