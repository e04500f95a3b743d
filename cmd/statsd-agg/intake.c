#include "intake.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static void refuse_line(struct agg *a, struct refusals *kind, struct span line, uint64_t number, const char *what,
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
    refuse_line(a, kind, line_of(t), t->number, what, culprit, why);
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
    struct interval *same = windows_same(&a->windows, r->time);
    if (same)
        return same;
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
    const struct past *past = &a->table.past[slot];
    return idle_is_over(a->config, FAMILY_GAUGE, past->last_end, v->end) ? 0 : past->gauge;
}

/* Live, a gauge changes at once; by time its samples wait for the interval's close, in whose order they count. */
static bool add_gauge(struct agg *a, struct interval *v, uint32_t slot, const struct record *r)
{
    bool is_delta = r->type == RECORD_GAUGE_DELTA;
    if (a->config->gauges_by_time) {
        struct cell *c = interval_get(v, &a->table, slot);
        c->gauge = gauge_add(c->gauge, r->time, r->number, is_delta);
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
    snprintf(why, sizeof why, "--max-series %" PRIu32 " are known and none is idle", a->config->max_series);
    refuse(a, &a->refused, t, "new series", t->record.series, why);
}

/* A sample of a rate stands for so many. */
static double weight_of(const struct record *r)
{
    return 1 / r->rate;
}

/* False when the value is refused: it would make a counter or a gauge not finite. */
static bool add(struct agg *a, struct interval *v, const struct taken *t)
{
    const struct record *r = &t->record;
    const struct keeping *k = &a->config->keeping;
    double weight = weight_of(r), amount = r->number * weight;
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
    case FAMILY_TIMER: cell_add_sample(interval_get(v, &a->table, slot), k, &a->pool, r->number, weight); return true;
    default: cell_add_member(interval_get(v, &a->table, slot), k, &a->pool, t->member, r->value); return true;
    }
}

/* The usual case of add, without its detours: a series that has a cell in the interval already. False when it is not that,
 * or the value is to be refused. */
static inline bool add_again(struct agg *a, struct interval *v, const struct taken *t)
{
    const struct record *r = &t->record;
    struct slot *s = table_confirm(&a->table, t->guess, r->series, t->family);
    if (!s || s->cell.interval != v->serial)
        return false;
    struct cell *c = &s->cell;
    double after;
    switch (t->family) {
    case FAMILY_COUNTER:
        after = c->sum + r->number * weight_of(r);
        if (isfinite(after))
            c->sum = after;
        return isfinite(after);
    case FAMILY_TIMER: cell_add_sample(c, &a->config->keeping, &a->pool, r->number, weight_of(r)); return true;
    case FAMILY_SET: cell_add_member(c, &a->config->keeping, &a->pool, t->member, r->value); return true;
    default:
        if (a->config->gauges_by_time)
            c->gauge = gauge_add(c->gauge, r->time, r->number, r->type == RECORD_GAUGE_DELTA);
        else if (r->type == RECORD_GAUGE)
            c->value = r->number;
        return a->config->gauges_by_time || r->type == RECORD_GAUGE;
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
    if (!add_again(a, v, t) && !add(a, v, t)) {
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

/* A million series do not fit into a cache, and a record needs three places of memory: the series' entry in the index, its
 * slot, and behind that a timer's newest sample or a set's members. Waiting for each in turn costs more than
 * all the work; so the places of a whole batch are asked for, rank by rank, before the first is used. The guesses change
 * nothing: a wrong one only fetches in vain. The first rank is put's. */
static void fetch_slots(struct agg *a)
{
    for (struct taken *t = a->batch; t < a->batch + a->batch_count; t++) {
        t->guess = table_guess(&a->table, t->hash);
        if (t->guess != TABLE_NO_SLOT)
            __builtin_prefetch(&a->table.slots[t->guess], 1);
    }
}

/* Where a timer's next sample goes, or a set's members begin (its count is 0). What a counter or a gauge has there is no
 * address, which does no harm and costs no branch. */
static void fetch_samples(struct agg *a)
{
    for (struct taken *t = a->batch; t < a->batch + a->batch_count; t++) {
        if (t->guess == TABLE_NO_SLOT)
            continue;
        const struct cell *c = &a->table.slots[t->guess].cell;
        __builtin_prefetch((const void *)((uintptr_t)c->samples + c->count * sizeof(double)), 1);
    }
}

/* Here a pointer is followed, so the guess must be right: the cell must be in use, and a set's. */
static void fetch_members(struct agg *a)
{
    for (struct taken *t = a->batch; t < a->batch + a->batch_count; t++) {
        if (t->family != FAMILY_SET)
            continue;
        t->member = members_hash(&a->table.seed, t->record.value);
        if (t->guess == TABLE_NO_SLOT)
            continue;
        const struct slot *s = &a->table.slots[t->guess];
        if (s->family == FAMILY_SET && s->cell.interval && s->cell.count != CELL_SKETCHED)
            members_fetch(s->cell.members, t->member);
    }
}

static void settle(struct agg *a)
{
    fetch_slots(a);
    fetch_samples(a);
    fetch_members(a);
    size_t i;
    for (i = 0; i < a->batch_count && !a->stop; i++)
        add_record(a, &a->batch[i]);
    a->records += i;
    a->batch_count = 0;
}

/* Puts the record at the end of the batch into it. */
static inline void put(struct agg *a, uint64_t number, size_t line_length)
{
    struct taken *t = &a->batch[a->batch_count++];
    t->number = number;
    t->line_length = line_length;
    t->family = family_of(t->record.type);
    t->hash = table_hash(&a->table, t->record.series, t->family);
    table_fetch(&a->table, t->hash);
    if (a->batch_count == AGG_BATCH)
        settle(a);
}

/* What comes before a bad line counts before it. */
static void refuse_bad(struct agg *a, const struct line *line, uint64_t number, enum record_error error,
                       struct span culprit)
{
    settle(a);
    if (a->stop)
        return;
    a->records++;
    ++*(a->current ? &a->current->records : &a->waiting_records);
    ++*(a->current ? &a->current->bad : &a->waiting_bad);
    refuse_line(a, &a->bad, (struct span){ line->text, line->length }, number, record_error_what(error), culprit,
                record_error_why(error));
}

static void take_line(struct agg *a, enum lines_status status, const struct line *line, uint64_t number)
{
    struct record *r = &a->batch[a->batch_count].record;
    struct span culprit = { line->text, line->length };
    enum record_error error = RECORD_TOO_LONG;
    if (status == LINES_ONE && !line->length)
        return;
    if (status == LINES_ONE)
        error = line->torn ? RECORD_TORN : record_parse(line->text, line->length, r, &culprit);
    if (error == RECORD_OK)
        put(a, number, line->length);
    else
        refuse_bad(a, line, number, error, culprit);
}

/* The lines that are whole and buffered. */
static void take_ended(struct agg *a, struct lines *in)
{
    const char *ends[AGG_BATCH];
    size_t count, taken;
    while (!a->stop && (count = lines_ends(in, ends, AGG_BATCH)) != 0) {
        const char *line = lines_begin(in);
        for (taken = 0; taken < count && !a->stop; taken++) {
            uint64_t number = in->number + taken + 1;
            size_t length = (size_t)(ends[taken] - line);
            if (length <= in->max_line && record_plain(&a->memo, line, length, &a->batch[a->batch_count].record)) {
                put(a, number, length);
            } else {
                struct line odd;
                enum lines_status status = lines_at(in, line, ends[taken], &odd);
                take_line(a, status, &odd, number);
            }
            line = ends[taken] + 1;
        }
        lines_taken(in, ends, taken);
    }
}

enum lines_status intake(struct agg *a, struct lines *in)
{
    enum lines_status status = LINES_MORE;
    while (!a->stop) {
        struct line line;
        take_ended(a, in);
        status = lines_next(in, &line);
        if (status >= LINES_MORE)
            break;
        if (!a->stop)
            take_line(a, status, &line, in->number);
    }
    settle(a);
    return status;
}
