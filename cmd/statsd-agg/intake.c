#include "intake.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static void refuse(struct agg *a, struct refusals *kind, const struct taken *t, const char *what, struct span culprit,
                   const char *why)
{
    const struct refusal refusal = {
        .time = a->now,
        .where = a->where,
        .line = t->number,
        .what = what,
        .culprit = culprit,
        .why = why,
        .bytes = t->line,
    };
    refusals_add(kind, &refusal);
    a->stop |= kind->strict;
}

static void refuse_bad(struct agg *a, const struct taken *t)
{
    ++*(a->current ? &a->current->records : &a->waiting_records);
    ++*(a->current ? &a->current->bad : &a->waiting_bad);
    refuse(a, &a->bad, t, record_error_what(t->error), t->culprit, record_error_why(t->error));
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
        out_put(a->late_lines, t->line.text, t->line.length);
        out_put(a->late_lines, "\n", 1);
    }
    a->waiting_late++;
    a->waiting_records++;
    refuse(a, &a->late, t, "late record", t->line, why);
}

/* The interval a record belongs to, or NULL when it is late. */
static struct interval *interval_for(struct agg *a, const struct taken *t)
{
    const struct record *r = &t->record;
    if (a->config->mode != TIME_EVENT)
        return a->current;
    int64_t missing = windows_lateness_missing(&a->windows, r->time);
    if (missing) {
        refuse_late(a, t, missing);
        return NULL;
    }
    bool is_newest = r->time > a->windows.newest;
    struct interval *v = windows_get(&a->windows, r->time);
    if (is_newest)
        agg_close_due(a, false);
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

/* The record's slot, made when there is room or somebody idle can go; -1 when not. */
static int64_t slot_for(struct agg *a, const struct taken *t)
{
    if (table_is(&a->table, t->guess, &t->key))
        return t->guess;
    int64_t slot = table_get(&a->table, &t->key);
    if (slot >= 0)
        return slot;
    int64_t victim = evict_choose(&a->evict, &a->table);
    if (victim < 0)
        return -1;
    table_forget(&a->table, (uint32_t)victim);
    if (!flush_needs(&a->flush, (uint32_t)victim))
        table_release(&a->table, (uint32_t)victim);
    a->evicted++;
    return table_get(&a->table, &t->key);
}

static void refuse_series(struct agg *a, const struct taken *t)
{
    char why[80];
    snprintf(why, sizeof why, "--max-series %" PRIu32 " are known and none is idle", a->config->max_series);
    refuse(a, &a->refused, t, "new series", t->record.series, why);
}

/* False when the value is refused: it would make a counter or a gauge not finite. */
static bool add(struct agg *a, struct interval *v, const struct taken *t)
{
    const struct record *r = &t->record;
    const struct keeping *k = &a->config->keeping;
    double weight = r->rate == 1 ? 1 : 1 / r->rate;
    double amount = r->number * weight;
    if (t->key.family == FAMILY_COUNTER && !isfinite(amount))
        return false;
    int64_t found = slot_for(a, t);
    if (found < 0) {
        refuse_series(a, t);
        return true;
    }
    uint32_t slot = (uint32_t)found;
    bool with_map = a->config->mode == TIME_EVENT;
    switch (t->key.family) {
    case FAMILY_COUNTER: return add_counter(a, v, slot, amount);
    case FAMILY_GAUGE: return add_gauge(a, v, slot, r);
    case FAMILY_TIMER: cell_add_sample(interval_get(v, &a->table, slot, with_map), k, r->number, weight); return true;
    default: cell_add_member(interval_get(v, &a->table, slot, with_map), k, &a->table.seed, r->value); return true;
    }
}

static void note_lag(struct agg *a, int64_t time)
{
    int64_t lag = a->now - time;
    if (!a->has_lag || lag < a->lag)
        a->lag = lag;
    a->has_lag = true;
}

static void add_record(struct agg *a, const struct taken *t)
{
    const struct record *r = &t->record;
    struct interval *v = interval_for(a, t);
    if (!v)
        return;
    v->records++;
    if (!add(a, v, t)) {
        v->bad++;
        refuse(a, &a->bad, t, "bad value", r->value,
               r->type == RECORD_COUNTER ? "the counter would not be finite" : "the gauge would not be finite");
        return;
    }
    if (r->time > v->newest)
        v->newest = r->time;
    if (a->config->mode == TIME_LIVE)
        note_lag(a, r->time);
}

/* A million series do not fit into a cache, and a record needs four or five places of memory: the series' entry in the
 * index, its slot, its name and its cell, and behind the cell a timer's newest sample or a set's members. Waiting for each
 * in turn costs more than all the work; so the places of a whole batch are asked for, rank by rank, before the first is
 * used. The guesses change nothing: a wrong one only fetches in vain. The first rank is intake_take's. */
static void fetch(const void *from, size_t size)
{
    __builtin_prefetch(from, 1);
    __builtin_prefetch((const char *)from + size - 1, 1); /* it may lie across two lines of the cache */
}

static void fetch_slots(struct agg *a)
{
    for (struct taken *t = a->batch; t < a->batch + a->batch_count; t++) {
        t->guess = table_guess(&a->table, &t->key);
        if (t->guess != TABLE_NO_SLOT)
            fetch(&a->table.slots[t->guess], sizeof *a->table.slots);
    }
}

static void fetch_names_and_cells(struct agg *a, const struct interval *v)
{
    for (struct taken *t = a->batch; t < a->batch + a->batch_count; t++) {
        t->cell = NULL;
        if (t->guess == TABLE_NO_SLOT)
            continue;
        const struct slot *s = &a->table.slots[t->guess];
        if (s->name)
            fetch(s->name, t->key.series.length);
        if (v && s->interval == v->serial) {
            t->cell = &v->cells[s->cell];
            fetch(t->cell, sizeof *t->cell);
        }
    }
}

/* Where a timer's next sample goes, or a set's members begin (its count is 0). What a counter or a gauge has there is no
 * address, which does no harm and costs no branch. */
static void fetch_samples(struct agg *a)
{
    for (struct taken *t = a->batch; t < a->batch + a->batch_count; t++)
        if (t->cell)
            __builtin_prefetch((const void *)((uintptr_t)t->cell->samples + t->cell->count * sizeof(double)), 1);
}

/* Here a pointer is followed, so the guess must be right: the cell must be a set's. */
static void fetch_members(struct agg *a)
{
    for (struct taken *t = a->batch; t < a->batch + a->batch_count; t++)
        if (t->cell && t->key.family == FAMILY_SET && a->table.slots[t->guess].family == FAMILY_SET &&
            t->cell->count != CELL_SKETCHED)
            members_fetch(t->cell->members, &a->table.seed, t->record.value);
}

void intake_settle(struct agg *a)
{
    const struct interval *v = a->current ? a->current : a->windows.last;
    fetch_slots(a);
    fetch_names_and_cells(a, v);
    fetch_samples(a);
    fetch_members(a);
    for (size_t i = 0; i < a->batch_count && !a->stop; i++)
        if (a->batch[i].error == RECORD_OK)
            add_record(a, &a->batch[i]);
        else
            refuse_bad(a, &a->batch[i]);
    a->batch_count = 0;
}

void intake_take(struct agg *a, enum lines_status status, const struct line *line, uint64_t number)
{
    if (status == LINES_ONE && !line->length)
        return;
    if (a->batch_count == AGG_BATCH)
        intake_settle(a);
    struct taken *t = &a->batch[a->batch_count++];
    a->records++;
    t->line.text = line->text;
    t->line.length = line->length;
    t->number = number;
    if (status == LINES_ONE && !line->torn) {
        t->error = record_parse_next(&a->memo, line->text, line->length, &t->record, &t->culprit);
    } else {
        t->error = status == LINES_ONE ? RECORD_TORN : RECORD_TOO_LONG;
        t->culprit = t->line;
    }
    if (t->error != RECORD_OK) {
        t->key = (struct key){ .hash = 0 };
        return;
    }
    t->key = table_key(&a->table, t->record.series, family_of(t->record.type));
    __builtin_prefetch(&a->table.index[t->key.hash & a->table.mask]);
}
