#include "agg.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "flush.h"
#include "intake.h"
#include "state.h"
#include "store.h"

struct agg {
    const struct config *config;
    struct store store;
    struct intake intake;
    struct flush flush;
    struct out *out;
    bool has_written;      /* an interval */
    bool has_failed;       /* to save the state */
    uint64_t rejects_lost; /* by the side files, as of the last interval */
};

static void close_due(void *context);

struct agg *agg_new(const struct config *config, struct out *out, struct side *rejects, struct side *late_lines)
{
    struct agg *a = xcalloc(1, sizeof *a);
    const struct adder adder = {
        .config = config,
        .store = &a->store,
        .flush = &a->flush,
        .bad = { .complaint = { .what = "bad records" }, .rejects = rejects, .strict = config->filter.strict },
        .late = { .complaint = { .what = "late records" }, .rejects = rejects, .strict = config->filter.strict },
        .series = { .complaint = { .what = "records of new series refused" }, .rejects = rejects, .strict = false },
        .late_lines = late_lines,
        .input = "stdin",
        .now = clock_wall_ms(),
        .close_due = close_due,
        .context = a,
    };
    a->config = config;
    a->out = out;
    store_init(&a->store, config, adder.now, clock_monotonic_ms());
    intake_init(&a->intake, &adder);
    flush_init(&a->flush, &a->intake.adder.bad, &a->store.pool);
    return a;
}

void agg_free(struct agg *a)
{
    if (a->flush.interval)
        store_free_cells(&a->store, a->flush.interval, true);
    flush_free(&a->flush);
    store_free(&a->store);
    free(a);
}

/* In event time, what the state calls closed must have been written before, or a crash would lose
 * it. Live, the rows follow at once, and nothing may block. */
static void save(struct agg *a, bool with_open)
{
    if (!a->config->state || (!with_open && out_is_over(a->out)))
        return;
    if (a->config->mode == TIME_EVENT)
        out_flush(a->out);
    a->has_failed |= !state_save(&a->store, a->config->state, a->intake.adder.now, with_open);
}

/* Writes as much of the flush in progress as there is room for; true when no flush is left. */
static bool step(struct agg *a)
{
    if (!a->flush.interval)
        return true;
    if (!flush_step(&a->flush, a->config, &a->store.table, a->out))
        return false;
    store_compact(&a->store);
    save(a, false);
    return true;
}

static void write_all(struct agg *a)
{
    while (!step(a))
        out_flush(a->out);
}

/* How many lines the side files have lost since the last interval. */
static uint64_t take_rejects_lost(struct agg *a)
{
    const struct adder *adder = &a->intake.adder;
    uint64_t all = side_count_lost(adder->bad.rejects) + side_count_lost(adder->late_lines),
             lost = all - a->rejects_lost;
    a->rejects_lost = all;
    return lost;
}

/* The figures of the interval that closes; those that an interval counts itself stay. */
static struct figures take_figures(struct agg *a)
{
    struct figures *figures = &a->store.figures, taken = *figures;
    taken.has_side_files = a->intake.adder.bad.rejects || a->intake.adder.late_lines;
    taken.rejects_lost = take_rejects_lost(a);
    figures->series_refused = figures->series_evicted = figures->flushes_delayed = 0;
    figures->has_timestamp_lag = false;
    return taken;
}

static void summarise_complaints(struct adder *a)
{
    complaint_summary(&a->bad.complaint);
    complaint_summary(&a->late.complaint);
    complaint_summary(&a->series.complaint);
}

/* seconds: the interval's length, or 0 when it is not known. */
static void begin_flush(struct agg *a, struct interval *interval, double seconds)
{
    struct adder *adder = &a->intake.adder;
    int64_t stamp = interval->end;
    if (a->config->mode == TIME_ONCE)
        stamp = interval->newest;
    else if (a->config->stamp_start)
        stamp = interval->start;
    struct figures figures = take_figures(a);
    uint64_t bad_before = adder->bad.complaint.total;
    flush_begin(&a->flush, a->config, &a->store.table, interval, stamp, seconds, &figures);
    adder->stop |= a->config->filter.strict && adder->bad.complaint.total > bad_before;
    evict_renew(&a->store.evict);
    summarise_complaints(adder);
    a->has_written = true;
}

static void close_event_interval(struct agg *a, struct interval *interval)
{
    struct figures *figures = &a->store.figures;
    interval->records += figures->records;
    interval->bad += figures->bad;
    interval->late += figures->late;
    figures->records = figures->bad = figures->late = 0;
    begin_flush(a, interval, (double)a->config->interval / 1000);
    write_all(a);
}

static void close_event_intervals(struct agg *a, bool all)
{
    struct interval *interval;
    while ((interval = event_close_next(&a->store.event, all)) != NULL)
        close_event_interval(a, interval);
}

static void close_due(void *context)
{
    close_event_intervals(context, false);
}

static void warn_of_lag(const struct agg *a)
{
    const struct figures *figures = &a->store.figures;
    if (figures->has_timestamp_lag && figures->timestamp_lag > a->config->interval)
        warn("input runs %" PRId64 " s behind the clock: a filter in the pipe may not be line-buffered",
             figures->timestamp_lag / 1000);
}

/* Live: closes the open interval, which stands for start to end, and opens the next unless it was
 * the last. */
static void close_current(struct agg *a, int64_t start, int64_t end, bool is_last)
{
    struct store *s = &a->store;
    struct interval *interval = s->current;
    interval->start = start;
    interval->end = end;
    warn_of_lag(a);
    s->current = is_last ? NULL : interval_new(s->live.start, s->live.end, interval->serial + 1);
    begin_flush(a, interval, (double)(end - start) / 1000);
}

void agg_begin_input(struct agg *a, const char *name)
{
    a->intake.adder.input = name;
}

enum lines_status agg_take(struct agg *a, struct lines *in)
{
    return intake_take(&a->intake, in);
}

void agg_tick(struct agg *a)
{
    struct store *s = &a->store;
    int64_t now = a->intake.adder.now = clock_wall_ms();
    if (a->config->mode != TIME_LIVE)
        return;
    struct closing closing = live_look(&s->live, now, clock_monotonic_ms(), !agg_is_flushing(a));
    s->figures.flushes_delayed += closing.delayed;
    if (closing.due)
        close_current(a, closing.start, closing.end, false);
    else
        s->current->end = s->live.end;
    step(a);
}

bool agg_is_flushing(const struct agg *a)
{
    return a->flush.interval != NULL;
}

int agg_timeout(const struct agg *a)
{
    return a->config->mode == TIME_LIVE ? live_timeout(&a->store.live, clock_wall_ms()) : -1;
}

static void end_once(struct agg *a)
{
    struct interval *interval = a->store.current;
    if (interval->newest == NEVER)
        return;
    a->store.current = NULL;
    begin_flush(a, interval, (double)a->config->interval / 1000);
    write_all(a);
}

void agg_resume(struct agg *a)
{
    int64_t now = a->intake.adder.now;
    if (!a->config->state || !state_load(&a->store, a->config->state, now) || a->config->mode != TIME_LIVE)
        return;
    const struct live_interval open = a->store.live;
    if (now < open.end)
        return;
    live_begin(&a->store.live, a->config->interval, a->config->offset, now, clock_monotonic_ms());
    close_current(a, open.start, open.end, false);
}

void agg_end(struct agg *a)
{
    const struct store *s = &a->store;
    write_all(a);
    if (a->config->state)
        save(a, true);
    else if (a->config->mode == TIME_ONCE)
        end_once(a);
    else if (a->config->mode == TIME_EVENT)
        close_event_intervals(a, true);
    else {
        close_current(a, s->live.start, s->live.end, true);
        write_all(a);
    }
    summarise_complaints(&a->intake.adder);
    if (a->config->mode != TIME_LIVE && !a->has_written && !a->config->state)
        warn("no good record: %" PRIu64 " records, %" PRIu64 " bad", a->intake.lines,
             a->intake.adder.bad.complaint.total);
}

void agg_report_counts(const struct agg *a)
{
    const struct adder *adder = &a->intake.adder;
    say("%" PRIu64 " records, %" PRIu64 " bad, %" PRIu64 " late, %" PRIu32 " series", a->intake.lines,
        adder->bad.complaint.total, adder->late.complaint.total, a->store.table.known);
}

void agg_left(const struct agg *a, char *text, size_t size)
{
    const struct store *s = &a->store;
    size_t intervals = 0, series = a->flush.interval ? a->flush.slots - a->flush.next : 0;
    for (size_t i = 0; i < store_open_count(s); i++) {
        size_t count = store_open(s, i)->count;
        series += count;
        intervals += count > 0;
    }
    intervals += a->flush.interval != NULL;
    if (intervals == 1)
        snprintf(text, size, "an open interval of %zu series", series);
    else if (intervals)
        snprintf(text, size, "%zu open intervals of %zu series", intervals, series);
}

bool agg_is_stopped(const struct agg *a)
{
    return a->intake.adder.stop;
}

bool agg_has_failed(const struct agg *a)
{
    return a->has_failed;
}
