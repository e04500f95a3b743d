#include "agg.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/die.h"
#include "state.h"

void agg_init(struct agg *a, const struct config *config, struct out *out, struct out *rejects, struct out *late_lines)
{
    *a = (struct agg){ .config = config,
                       .out = out,
                       .where = "stdin",
                       .now = clock_wall_ms(),
                       .memo = RECORD_MEMO_NONE,
                       .batch.newest = NEVER };
    a->bad = (struct refusals){ { .what = "bad records" }, rejects, config->filter.strict };
    a->late = (struct refusals){ { .what = "late records" }, rejects, config->filter.strict };
    a->refused = (struct refusals){ { .what = "records of new series refused" }, rejects, false };
    a->late_lines = late_lines;
    table_init(&a->table, (uint32_t)config->filter.max_series);
    for (size_t i = 0; i < config->tag_count; i++)
        tagging_add(&a->table.tagging, config->tags[i]);
    flush_init(&a->flush, &a->bad, &a->pool);
    if (config->mode == TIME_EVENT) {
        event_init(&a->event, config->interval, config->offset, config->lateness, config->max_gap);
    } else if (config->mode == TIME_LIVE) {
        live_begin(&a->live, config->interval, config->offset, a->now, clock_monotonic_ms());
        a->current = interval_new(a->live.start, a->live.end, 1);
    } else {
        a->current = interval_new(0, 0, 1);
    }
}

/* Frees what the cells of an interval hold that is not to be written: it went into the state, or the run has ended early. */
static void free_cells(struct agg *a, const struct interval *v)
{
    for (uint32_t i = 0; i < a->table.count && v->count; i++) {
        struct cell *c = interval_find(v, &a->table, i);
        if (!c)
            continue;
        enum family family = (enum family)a->table.slots[i].family;
        if (family == FAMILY_GAUGE && a->config->gauges_by_time && v != a->flush.interval)
            gauge_samples_free(c->gauge_samples);
        else
            cell_free(c, family, &a->config->limits, &a->pool);
    }
}

void agg_free(struct agg *a)
{
    if (a->flush.interval)
        free_cells(a, a->flush.interval);
    for (size_t i = 0; i < a->event.count; i++)
        free_cells(a, a->event.open[i]);
    if (a->current) {
        free_cells(a, a->current);
        free(a->current);
    }
    flush_free(&a->flush);
    pool_free(&a->pool);
    evict_free(&a->evict);
    event_free(&a->event);
    table_free(&a->table);
}

/* Holes may be closed only between flushes: a flush walks the slots by number. */
static void compact(struct agg *a)
{
    uint32_t *moved = table_compact(&a->table);
    if (!moved)
        return;
    free(moved);
    evict_renew(&a->evict);
}

/* By the records' time, what the state calls closed has been written before: a crash would lose it. Live, the rows follow at
 * once, and nothing may block. */
static void save(struct agg *a, bool with_open)
{
    if (!a->config->state)
        return;
    if (a->config->mode == TIME_EVENT)
        out_flush(a->out);
    a->failed |= !state_save(a, a->config->state, with_open);
}

static bool step(struct agg *a)
{
    if (!a->flush.interval)
        return true;
    if (!flush_step(&a->flush, a->config, &a->table, a->out))
        return false;
    compact(a);
    save(a, false);
    return true;
}

static void write_all(struct agg *a)
{
    while (!step(a))
        out_flush(a->out);
}

static struct flush_figures take_figures(struct agg *a)
{
    struct flush_figures figures = {
        .refused = a->refused.complaint.total - a->refused_before,
        .evicted = a->evicted,
        .delayed = a->live.delayed - a->delayed_before,
        .is_live = a->config->mode == TIME_LIVE,
        .has_lag = a->has_lag,
        .lag = (double)a->lag / 1000,
    };
    a->refused_before = a->refused.complaint.total;
    a->delayed_before = a->live.delayed;
    a->evicted = 0;
    a->has_lag = false;
    return figures;
}

static void summarise_complaints(struct agg *a)
{
    complaint_summary(&a->bad.complaint);
    complaint_summary(&a->late.complaint);
    complaint_summary(&a->refused.complaint);
}

static void begin_flush(struct agg *a, struct interval *v, double seconds)
{
    int64_t stamp = v->end;
    if (a->config->mode == TIME_ONCE)
        stamp = v->newest;
    else if (a->config->stamp_start)
        stamp = v->start;
    struct flush_figures figures = take_figures(a);
    uint64_t bad_before = a->bad.complaint.total;
    flush_begin(&a->flush, a->config, &a->table, v, stamp, seconds, &figures);
    a->stop |= a->config->filter.strict && a->bad.complaint.total > bad_before;
    evict_renew(&a->evict);
    summarise_complaints(a);
    a->wrote = true;
}

static void close_event_interval(struct agg *a, struct interval *v)
{
    v->records += a->waiting_records;
    v->bad += a->waiting_bad;
    v->late += a->waiting_late;
    a->waiting_records = a->waiting_bad = a->waiting_late = 0;
    begin_flush(a, v, (double)a->config->interval / 1000);
    write_all(a);
}

void agg_close_due(struct agg *a, bool all)
{
    struct interval *v;
    while ((v = event_take(&a->event, all)) != NULL)
        close_event_interval(a, v);
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
    say_lag(a);
    a->current = is_last ? NULL : interval_new(a->live.start, a->live.end, v->serial + 1);
    begin_flush(a, v, (double)(end - start) / 1000);
}

void agg_tick(struct agg *a)
{
    a->now = clock_wall_ms();
    if (a->config->mode != TIME_LIVE)
        return;
    struct closing closing = live_look(&a->live, a->now, clock_monotonic_ms(), !agg_is_flushing(a));
    if (closing.due)
        close_current(a, closing.start, closing.end, false);
    else
        a->current->end = a->live.end;
    step(a);
}

bool agg_is_flushing(const struct agg *a)
{
    return a->flush.interval != NULL;
}

int agg_timeout(const struct agg *a)
{
    return a->config->mode == TIME_LIVE ? live_timeout(&a->live, clock_wall_ms()) : -1;
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

void agg_resume(struct agg *a)
{
    if (!a->config->state || !state_load(a, a->config->state) || a->config->mode != TIME_LIVE)
        return;
    const struct live open = a->live;
    if (a->now < open.end)
        return;
    live_begin(&a->live, a->config->interval, a->config->offset, a->now, clock_monotonic_ms());
    close_current(a, open.start, open.end, false);
}

void agg_end(struct agg *a)
{
    write_all(a);
    if (a->config->state)
        save(a, true);
    else if (a->config->mode == TIME_ONCE)
        end_once(a);
    else if (a->config->mode == TIME_EVENT)
        agg_close_due(a, true);
    else {
        close_current(a, a->live.start, a->live.end, true);
        write_all(a);
    }
    summarise_complaints(a);
    if (a->config->mode != TIME_LIVE && !a->wrote && !a->config->state)
        warn("no good record: %" PRIu64 " records, %" PRIu64 " bad", a->records, a->bad.complaint.total);
}

void agg_say_counts(const struct agg *a)
{
    say("%" PRIu64 " records, %" PRIu64 " bad, %" PRIu64 " late, %" PRIu32 " series", a->records,
        a->bad.complaint.total, a->late.complaint.total, a->table.known);
}
