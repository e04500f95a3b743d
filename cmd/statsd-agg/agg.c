#include "agg_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "filter/filter.h"
#include "flush.h"
#include "intake.h"
#include "keep.h"
#include "store.h"

enum { LAG_LEAST = 1000 }; /* ms: what is worth a warning */

static void close_due(void *context);
static void take_clock(void *context, int64_t time, uint64_t number);

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
        .clock = take_clock,
        .context = a,
    };
    a->config = config;
    a->out = out;
    store_init(&a->store, config, adder.now, clock_monotonic_ms());
    keep_init(&a->keep, &a->store, out);
    intake_init(&a->intake, &adder);
    flush_init(&a->flush, &a->intake.adder.bad, &a->store.pool, config->state != NULL);
    return a;
}

void agg_free(struct agg *a)
{
    flush_free(&a->flush);
    store_free(&a->store);
    keep_close(&a->keep);
    free(a);
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

static struct self_counts take_self_counts(struct agg *a)
{
    struct self_counts *self = &a->store.self_counts, taken = *self;
    taken.rejects_lost = take_rejects_lost(a);
    *self = (struct self_counts){ .records = 0 };
    return taken;
}

static void summarise_complaints(struct adder *a)
{
    complaint_summary(&a->bad.complaint);
    complaint_summary(&a->late.complaint);
    complaint_summary(&a->series.complaint);
}

static void begin_flush(struct agg *a, struct interval *interval)
{
    struct adder *adder = &a->intake.adder;
    int64_t stamp = interval->end;
    int64_t length = a->config->mode == TIME_LIVE ? interval->end - interval->start : a->config->interval;
    if (a->config->mode == TIME_ONCE)
        stamp = interval->newest;
    else if (a->config->stamp_start)
        stamp = interval->start;
    interval->self_counts.has_side_files = adder->bad.rejects || adder->late_lines;
    uint64_t bad_before = adder->bad.complaint.total;
    flush_begin(&a->flush, a->config, &a->store.table, interval, stamp, (double)length / 1000);
    adder->stop |= a->config->filter.strict && adder->bad.complaint.total > bad_before;
    evict_renew(&a->store.evict);
    summarise_complaints(adder);
    a->has_written = true;
}

static void begin_next(struct agg *a)
{
    struct interval *interval = a->store.due[0];
    begin_flush(a, interval);
    keep_begin(&a->keep, interval, a->intake.adder.now);
}

/* Writes as much of what is closed as there is room for; true when nothing of it is left. */
static bool step(struct agg *a)
{
    struct store *s = &a->store;
    while (s->due_count) {
        if (!a->flush.interval)
            begin_next(a);
        else
            keep_check(&a->keep, a->intake.adder.now);
        if (!flush_step(&a->flush, a->config, &s->table, a->out))
            return false;
        store_drop_due(s);
        store_compact(s);
        keep_closed(&a->keep, a->intake.adder.now);
    }
    return true;
}

/* Writes all of what is closed. With --state, what the reader doesn't take at the end stays closed,
 * to be saved. */
static void write_all(struct agg *a)
{
    while (!(a->keep.file && out_is_over(a->out)) && !step(a))
        keep_wait(&a->keep);
}

/* The interval that closes takes the counts of the time until then. */
static void add_due(struct agg *a, struct interval *interval)
{
    interval->self_counts = take_self_counts(a);
    store_add_due(&a->store, interval);
}

static void close_event_intervals(struct agg *a, bool all)
{
    struct interval *interval;
    while (!(a->keep.file && out_is_over(a->out)) && (interval = event_close_next(&a->store.event, all)) != NULL) {
        add_due(a, interval);
        write_all(a);
    }
}

static void close_due(void *context)
{
    close_event_intervals(context, false);
}

static void take_clock(void *context, int64_t time, uint64_t number)
{
    struct agg *a = context;
    event_clock(&a->store.event, time);
    close_event_intervals(a, false);
    if (number == a->store.asked)
        return;
    a->store.asked = number;
    if (a->keep.file)
        keep_save(&a->keep, a->intake.adder.now, STATE_ASKED);
}

/* With an interval of milliseconds, a busy machine is reason enough for a lag below a second. */
static void warn_of_lag(const struct agg *a)
{
    const struct self_counts *self = &a->store.self_counts;
    if (self->has_timestamp_lag && self->timestamp_lag > a->config->interval && self->timestamp_lag >= LAG_LEAST)
        warn("input runs %" PRId64 " s behind the clock: %s", self->timestamp_lag / 1000,
             a->is_recording ? "it is a recording, which needs -e" : "a filter in the pipe may not be line-buffered");
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
    agg_add_lag(a, end);
    agg_note_receiver(a, end);
    s->current = is_last ? NULL : interval_new(s->live.start, s->live.end, interval->serial + 1);
    a->keep.is_restored = false;
    add_due(a, interval);
}

void agg_begin_input(struct agg *a, const char *name, int fd)
{
    struct stat status;
    if (a->input == name)
        return;
    a->input = a->intake.adder.input = name;
    a->is_recording = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
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
    s->self_counts.flushes_delayed += closing.delayed;
    if (closing.due)
        close_current(a, closing.start, closing.end, false);
    else
        s->current->end = s->live.end;
    step(a);
}

bool agg_is_flushing(const struct agg *a)
{
    return a->store.due_count > 0;
}

int agg_timeout(const struct agg *a)
{
    if (a->config->mode != TIME_LIVE)
        return -1;
    int timeout = live_timeout(&a->store.live, clock_wall_ms());
    bool is_watching = agg_is_flushing(a) && keep_is_watching(&a->keep);
    return is_watching && timeout > KEEP_PATIENCE ? KEEP_PATIENCE : timeout;
}

static void end_once(struct agg *a)
{
    struct interval *interval = a->store.current;
    if (interval->newest == NEVER)
        return;
    a->store.current = NULL;
    add_due(a, interval);
    write_all(a);
}

void agg_resume(struct agg *a)
{
    int64_t now = a->intake.adder.now;
    bool is_loaded = a->config->resume && agg_resume_once(a);
    if (!is_loaded && a->keep.file)
        is_loaded = state_load(&a->store, a->keep.file, now);
    if (!is_loaded || a->config->mode != TIME_LIVE)
        return;
    const struct live_interval open = a->store.live;
    a->keep.is_restored = true;
    if (now < open.end)
        return;
    live_begin(&a->store.live, a->config->interval, a->config->offset, now, clock_monotonic_ms());
    close_current(a, open.start, open.end, false);
}

/* Only the clock closes an interval. */
static void drop_open(struct agg *a)
{
    char left[FILTER_LEFT_MAX] = "";
    agg_left(a, left, sizeof left);
    if (!left[0])
        return;
    say("%s dropped: not closed by the clock", left);
    a->has_dropped = true;
}

/* Writes what is open, cut short. */
static void write_open(struct agg *a)
{
    const struct store *s = &a->store;
    if (a->config->clock.length) {
        drop_open(a);
    } else if (a->config->mode == TIME_ONCE) {
        end_once(a);
    } else if (a->config->mode == TIME_EVENT) {
        close_event_intervals(a, true);
    } else {
        close_current(a, s->live.start, s->live.end, true);
        write_all(a);
    }
}

/* Saves all that is open or due; false when that can't be done. */
static bool save_all(struct agg *a)
{
    if (!keep_save(&a->keep, a->intake.adder.now, STATE_FINAL))
        return false;
    if (a->store.due_count && !a->out->error)
        say("%s keeps the intervals whose rows were not written", state_file_path(a->keep.file));
    return true;
}

/* What no longer can be saved is written. When the output is over, its rows are counted as lost. */
static void stop_saving(struct agg *a)
{
    keep_close(&a->keep);
    a->flush.keeps = false;
}

bool agg_save_at_end(struct agg *a, const char *path, char *message)
{
    if (a->config->mode == TIME_ONCE) {
        strcpy(message, "--once has nothing to continue");
        return false;
    }
    /* Closing a second descriptor of the lock would unlock it. */
    bool is_same = a->keep.file && strcmp(state_file_path(a->keep.file), path) == 0;
    struct state_file *file = is_same ? NULL : state_file_try(path, message);
    if (!is_same && !file)
        return false;
    write_all(a);
    if (file) {
        keep_close(&a->keep);
        a->keep.file = file;
    }
    a->flush.keeps = true;
    return true;
}

void agg_end(struct agg *a)
{
    write_all(a);
    bool is_saved = a->keep.file && save_all(a);
    bool stays_open = is_saved || a->intake.adder.stop;
    stop_saving(a);
    write_all(a);
    if (!stays_open)
        write_open(a);
    summarise_complaints(&a->intake.adder);
    bool is_expected = a->config->mode != TIME_LIVE && !a->config->state && !a->config->resume;
    if (is_expected && !a->config->clock.length && !a->has_written && !a->intake.adder.stop)
        warn("no good record: %" PRIu64 " records, %" PRIu64 " bad", a->intake.lines,
             a->intake.adder.bad.complaint.total);
}

bool agg_has_state(const struct agg *a)
{
    return a->keep.file != NULL;
}

bool agg_is_stopped(const struct agg *a)
{
    return a->intake.adder.stop || out_is_over(a->out);
}

bool agg_has_failed(const struct agg *a)
{
    return a->keep.has_failed || a->has_dropped || a->intake.adder.stop;
}
