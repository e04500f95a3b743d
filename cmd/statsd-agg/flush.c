#include "flush.h"

#include <math.h>
#include <stdio.h>

#include "format/aggregate.h"
#include "samples/samples.h"
#include "statistics/quantiles.h"

/* The room in the output before a series' rows are begun; most need far less. */
enum { ROOM = 1 << 14 };

/* Reports gauge samples that are refused only now, when their order is known. Their lines are gone,
 * so the message names the interval and the series. */
static void refuse_gauge(struct flush *f, struct span series, uint64_t count)
{
    char where[CLOCK_TEXT_MAX + 16];
    snprintf(where, sizeof where, "interval %.*s", (int)f->time.length, f->time.text);
    for (; count; count--)
        refusals_add(f->bad, &(struct refusal){ .time = f->interval->end,
                                                .where = where,
                                                .what = "bad value of",
                                                .culprit = series,
                                                .why = "the gauge would not be finite",
                                                .bytes = series });
}

static void close_gauge(struct flush *f, const struct config *config, const struct table *t, uint32_t slot,
                        struct cell *c)
{
    struct interval *interval = f->interval;
    struct gauge_samples *samples = c->gauge_samples;
    const struct slot *s = &t->slots[slot];
    uint64_t refused = 0;
    bool is_over = idle_is_over(config->idle, FAMILY_GAUGE, table_last_end(t, s), interval->end);
    double before = is_over ? 0 : s->cell.before;
    c->value = gauge_samples_apply(samples, before, &refused);
    interval->bad += refused;
    if (refused)
        refuse_gauge(f, table_series(t, s, &f->series_scratch), refused);
    gauge_samples_free(samples);
}

static void close_cell(struct flush *f, const struct config *config, struct table *t, uint32_t slot, struct cell *c)
{
    struct slot *s = &t->slots[slot];
    if (!f->is_kept)
        slot_close_cell(s);
    if (config->gauges_by_time && s->family == FAMILY_GAUGE)
        close_gauge(f, config, t, slot, c);
    if (s->family == FAMILY_GAUGE)
        s->cell.before = c->value;
    table_set_last_end(t, s, f->interval->end);
}

/* Decides for each slot which rows it has. */
static void decide_rows(struct flush *f, const struct config *config, struct table *t)
{
    f->series = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        struct slot *s = &t->slots[i];
        struct cell *c = interval_find(f->interval, t, i);
        /* The clock was set back since: begin to count the idle time now. */
        if (table_last_end(t, s) > f->interval->end)
            table_set_last_end(t, s, f->interval->end);
        bool is_first = s->last_end == ENDS_NEVER;
        s->row_kind = ROWS_NONE;
        if (c)
            close_cell(f, config, t, i, c);
        else if (!s->is_known || is_first ||
                 idle_is_over(config->idle, (enum family)s->family, table_last_end(t, s), f->interval->end))
            continue;
        s->row_kind = !c ? ROWS_IDLE : is_first ? ROWS_FIRST : ROWS_CELL;
        f->series++;
    }
    f->interval->is_settled = true;
}

void flush_begin(struct flush *f, const struct config *config, struct table *t, struct interval *interval,
                 int64_t stamp, double seconds)
{
    f->interval = interval;
    f->is_kept = f->keeps;
    f->is_complete = false;
    f->slots = t->count;
    f->next = f->fetch_until = 0;
    f->seconds = seconds;
    f->began_us = clock_monotonic_us();
    f->time = (struct span){ f->time_text, clock_format(stamp, f->time_text) };
    decide_rows(f, config, t);
}

void flush_init(struct flush *f, struct refusals *bad, struct pool *pool, bool keeps)
{
    *f = (struct flush){ .interval = NULL, .bad = bad, .pool = pool, .keeps = keeps };
    tagging_scratch_init(&f->series_scratch);
    tagging_scratch_init(&f->bin_scratch);
    own_le_init(&f->own_le);
}

void flush_free(struct flush *f)
{
    tagging_scratch_free(&f->series_scratch);
    tagging_scratch_free(&f->bin_scratch);
    own_le_free(&f->own_le);
    timer_scratch_free(&f->scratch);
}

/* The rows of one series. */
struct row_writer {
    struct flush *flush;
    struct out *out;
    struct span series;
    enum aggregate_type type;
    const struct histogram *histogram; /* a timer's */
};

static void put_row(const struct row_writer *r, struct span statistic, double value)
{
    if (!isfinite(value))
        return;
    char *row = out_room(r->out, aggregate_size(r->series, statistic));
    char *end = aggregate_write(row, r->series, r->type, statistic, value, r->flush->time);
    out_added(r->out, (size_t)(end - row));
}

static void put_counter(const struct row_writer *r, double sum)
{
    const struct statistic *statistics = aggregate_statistics[AGGREGATE_COUNTER].rows;
    put_row(r, statistics[COUNTER_COUNT].name, sum);
    if (r->flush->seconds > 0)
        put_row(r, statistics[COUNTER_RATE].name, sum / r->flush->seconds);
}

static void put_gauge(const struct row_writer *r, double value)
{
    put_row(r, aggregate_statistics[AGGREGATE_GAUGE].rows[GAUGE_VALUE].name, value);
}

static void put_set(const struct row_writer *r, double count)
{
    put_row(r, aggregate_statistics[AGGREGATE_SET].rows[SET_COUNT].name, count);
}

/* An idle timer has counts of 0 and no other statistics. */
static void put_idle_timer(const struct row_writer *r, const struct timer_statistics *statistics)
{
    for (size_t i = 0; i < statistics->idle_count; i++)
        put_row(r, statistics->idle[i].name,
                timer_value(statistics->idle[i].statistic, &timer_idle, r->flush->seconds, NULL));
}

static void open_quantiles(struct quantiles *d, const struct cell *c, const struct cell_limits *limits,
                           struct timer_scratch *scratch)
{
    if (c->count == CELL_SKETCHED) {
        quantiles_of_sketch(d, c->sketch, c->weight);
        return;
    }
    timer_scratch_reserve(scratch, c->count);
    cell_copy_samples(c, limits, scratch->samples);
    if (limits->is_weighted)
        quantiles_of_pairs(d, scratch->samples, c->count, c->weight, scratch);
    else
        quantiles_of_samples(d, scratch->samples, c->count, c->weight, scratch);
}

/* A bin holds what is at or above all limits before it: the reference counts on from where it
 * stopped, even when limits do not rise. */
static double in_bin(const struct quantiles *d, const struct histogram *h, size_t index)
{
    double before = 0;
    for (size_t i = 0; i < index; i++)
        before = fmax(before, quantiles_below(d, h->bins[i].limit, false));
    return fmax(0, quantiles_below(d, h->bins[index].limit, false) - before);
}

static void put_bin(const struct row_writer *r, const struct timer_statistics *statistics, const struct histogram *h,
                    const struct timer_row *row, const struct quantiles *d)
{
    const struct bin *bin = &h->bins[row->index];
    if (!statistics->is_cumulative) {
        put_row(r, row->name, in_bin(d, h, row->index));
        return;
    }
    struct row_writer tagged = *r;
    tagged.series = tagging_with(&r->flush->bin_scratch, r->series, SPAN(""), bin->name);
    put_row(&tagged, row->name, quantiles_below(d, bin->limit, true));
}

static void put_timer(const struct row_writer *r, const struct config *config, struct cell *c)
{
    const struct timer_statistics *statistics = config->statistics;
    const struct histogram *h = r->histogram;
    struct timer_percentile percentile = { .present = false };
    size_t worked_out = SIZE_MAX;
    struct quantiles d;
    open_quantiles(&d, c, &config->limits, &r->flush->scratch);
    for (size_t i = 0; i < h->row_count; i++) {
        const struct timer_row *row = &h->rows[i];
        if (row->kind == STATISTIC_BIN) {
            put_bin(r, statistics, h, row, &d);
            continue;
        }
        if (row->kind != STATISTIC_PLAIN && worked_out != row->index) {
            percentile = quantiles_percentile(&d, statistics->percentiles[row->index].value);
            worked_out = row->index;
        }
        if (row->kind == STATISTIC_PLAIN || percentile.present)
            put_row(r, row->name, timer_value(row->statistic, &d.summary, r->flush->seconds, &percentile));
    }
}

static void put_idle(const struct row_writer *r, const struct config *config, const struct table *t, uint32_t slot)
{
    switch ((enum family)t->slots[slot].family) {
    case FAMILY_COUNTER: put_counter(r, 0); break;
    case FAMILY_TIMER: put_idle_timer(r, config->statistics); break;
    case FAMILY_GAUGE: put_gauge(r, t->slots[slot].cell.before); break;
    default: put_set(r, 0); break;
    }
}

static void put_cell(const struct row_writer *r, const struct config *config, struct cell *c, enum family family)
{
    switch (family) {
    case FAMILY_COUNTER: put_counter(r, c->sum); break;
    case FAMILY_TIMER: put_timer(r, config, c); break;
    case FAMILY_GAUGE: put_gauge(r, c->value); break;
    default: put_set(r, (double)cell_members(c)); break;
    }
}

static void free_cell(struct flush *f, const struct config *config, struct table *t, uint32_t slot, struct cell *c)
{
    cell_free(c, (enum family)t->slots[slot].family, &config->limits, f->pool);
    interval_drop(f->interval, t, slot);
}

/* The rows of a slot that has some. */
static struct row_writer row_writer_of(struct flush *f, const struct config *config, const struct table *t,
                                       const struct slot *s, struct out *o, bool is_first)
{
    const struct timer_statistics *statistics = config->statistics;
    struct row_writer r = { f, o, table_series(t, s, &f->series_scratch), family_aggregate((enum family)s->family),
                            NULL };
    if (s->family != FAMILY_TIMER)
        return r;
    r.histogram = timer_statistics_for(statistics, r.series);
    if (statistics->is_cumulative && r.histogram->has_bin_rows)
        r.series = own_le_rename(&f->own_le, r.series, is_first);
    return r;
}

static void put_slot(struct flush *f, const struct config *config, struct table *t, uint32_t slot, struct out *o)
{
    const struct slot *s = &t->slots[slot];
    enum family family = (enum family)s->family;
    const struct row_writer r = row_writer_of(f, config, t, s, o, s->row_kind == ROWS_FIRST);
    if (s->row_kind == ROWS_IDLE) {
        put_idle(&r, config, t, slot);
    } else {
        struct cell *c = interval_find(f->interval, t, slot);
        put_cell(&r, config, c, family);
        if (!f->is_kept)
            free_cell(f, config, t, slot, c);
    }
}

/* Forgets a slot whose idle time ends with this interval, and releases a forgotten one. */
static void let_go(const struct flush *f, const struct config *config, struct table *t, uint32_t slot)
{
    const struct slot *s = &t->slots[slot];
    int64_t next_end = f->interval->end + config->interval;
    if (s->is_known && !s->open_cells &&
        idle_is_over(config->idle, (enum family)s->family, table_last_end(t, s), next_end))
        table_forget(t, slot);
    if (!s->is_known && s->near_length)
        table_release(t, slot);
}

/* Frees the cells of an interval that was kept. */
static void let_all_go(struct flush *f, const struct config *config, struct table *t)
{
    for (uint32_t i = 0; i < f->slots; i++) {
        if (t->slots[i].row_kind == ROWS_CELL || t->slots[i].row_kind == ROWS_FIRST) {
            free_cell(f, config, t, i, interval_find(f->interval, t, i));
            slot_close_cell(&t->slots[i]);
        }
        let_go(f, config, t, i);
    }
}

bool flush_needs(const struct flush *f, uint32_t slot)
{
    return f->interval && slot < f->slots && (f->is_kept || slot >= f->next);
}

/* The figures that statsd/statsd lacks. */
static void put_own_counts(const struct row_writer *r, const struct config *config, const struct interval *interval)
{
    const struct self_counts *self = &interval->self_counts;
    put_row(r, SPAN("records_received"), (double)(interval->records + self->records));
    put_row(r, SPAN("bad_records"), (double)(interval->bad + self->bad));
    put_row(r, SPAN("late_records"), (double)self->late);
    put_row(r, SPAN("series"), r->flush->series);
    put_row(r, SPAN("series_refused"), (double)self->series_refused);
    put_row(r, SPAN("series_evicted"), (double)self->series_evicted);
    if (self->has_side_files)
        put_row(r, SPAN("rejects_lost"), (double)self->rejects_lost);
    if (config->mode == TIME_LIVE)
        put_row(r, SPAN("flushes_delayed"), (double)self->flushes_delayed);
}

static void put_own(struct flush *f, const struct config *config, struct out *o)
{
    const struct self_counts *self = &f->interval->self_counts;
    const struct row_writer r = { f, o, config->self_series, AGGREGATE_OWN, NULL };
    bool is_theirs = config->filter.self_of_statsd;
    if (config->filter.no_self)
        return;
    if (!is_theirs)
        put_own_counts(&r, config, f->interval);
    if (config->mode == TIME_LIVE)
        put_row(&r, SPAN("processing_time"), (double)(clock_monotonic_us() - f->began_us) / 1000);
    if (config->mode == TIME_LIVE && self->has_timestamp_lag && !is_theirs)
        put_row(&r, SPAN("timestamp_lag"), (double)self->timestamp_lag / 1000);
    put_row(&r, SPAN("numStats"), f->series);
}

static void end(struct flush *f)
{
    own_le_summarise(&f->own_le);
    f->interval = NULL;
}

/* A timer's samples and a set's members lie anywhere in memory. They are prefetched some slots
 * before their turn, and then, rank by rank, the runs that are found through them; most timers
 * have one. */
enum { AHEAD = 4, RANKS = 4 };

/* Prefetches what the slot leads to in `rank` hops; true when there is more after that. */
static bool fetch_cell(const struct slot *s, unsigned width, unsigned rank)
{
    const struct cell *c = &s->cell;
    if (!c->interval || c->count == CELL_SKETCHED)
        return false;
    if (s->family == FAMILY_SET && !rank)
        __builtin_prefetch(c->members);
    if (s->family == FAMILY_TIMER && c->count > 1)
        samples_fetch(c->next, c->count, width, rank);
    return s->family == FAMILY_TIMER && c->count > SAMPLES_ARRAY;
}

static void fetch_ahead(struct flush *f, const struct config *config, const struct table *t)
{
    const unsigned width = cell_sample_width(&config->limits);
    uint32_t ahead = f->next + AHEAD * RANKS;
    if (ahead >= f->slots)
        return;
    if (fetch_cell(&t->slots[ahead], width, 0))
        f->fetch_until = ahead;
    for (unsigned rank = 1; rank < RANKS && f->next <= f->fetch_until; rank++)
        fetch_cell(&t->slots[ahead - AHEAD * rank], width, rank);
}

bool flush_step(struct flush *f, const struct config *config, struct table *t, struct out *o)
{
    for (; f->next < f->slots; f->next++) {
        if (out_space(o) < ROOM)
            return false;
        fetch_ahead(f, config, t);
        if (t->slots[f->next].row_kind)
            put_slot(f, config, t, f->next, o);
        if (!f->is_kept)
            let_go(f, config, t, f->next);
    }
    if (!f->is_complete)
        put_own(f, config, o);
    f->is_complete = true;
    if (f->keeps && (out_pending(o) || out_is_over(o)))
        return false;
    if (f->is_kept)
        let_all_go(f, config, t);
    end(f);
    return true;
}
