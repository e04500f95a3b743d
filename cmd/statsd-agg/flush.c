#include "flush.h"

#include <math.h>
#include <stdlib.h>

#include "aggregate.h"
#include "xalloc.h"

/* The room a series' rows want in the output before we begin them; most need far less. */
enum { ROOM = 1 << 14 };

bool idle_is_over(const struct config *config, enum family family, int64_t last_end, int64_t end)
{
    int64_t idle = config->idle[family];
    return last_end != NEVER && idle != IDLE_FOREVER && end - last_end > idle;
}

static void settle_gauge(const struct config *config, struct slot *s, struct cell *c, struct interval *v)
{
    struct gauge_samples *samples = c->gauge;
    uint64_t refused = 0;
    c->base = idle_is_over(config, FAMILY_GAUGE, s->last_end, v->end) ? 0 : s->gauge;
    c->value = gauge_apply(samples, c->base, &refused);
    s->gauge = c->value;
    v->bad += refused;
    gauge_free(samples);
}

/* What the interval says of each slot: its cells first, then who is idle. */
static void settle(struct flush *f, const struct config *config, struct table *t)
{
    struct interval *v = f->interval;
    f->cells = xcalloc(t->count, sizeof *f->cells);
    for (uint32_t i = 0; i < v->count; i++) {
        struct slot *s = &t->slots[v->cells[i].slot];
        f->cells[v->cells[i].slot] = i + 1;
        s->open_cells--;
        if (config->gauges_by_time && s->family == FAMILY_GAUGE)
            settle_gauge(config, s, &v->cells[i], v);
        s->last_end = v->end;
    }
    f->held = v->count;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct slot *s = &t->slots[i];
        if (f->cells[i] || !s->name || s->last_end == NEVER ||
            idle_is_over(config, (enum family)s->family, s->last_end, v->end))
            continue;
        f->cells[i] = FLUSH_IDLE;
        f->held++;
    }
}

void flush_begin(struct flush *f, const struct config *config, struct table *t, struct interval *v, int64_t stamp,
                 double seconds)
{
    f->interval = v;
    f->slots = t->count;
    f->next = 0;
    f->seconds = seconds;
    f->began_us = clock_monotonic_us();
    f->time = (struct span){ f->time_text, clock_format(stamp, f->time_text) };
    settle(f, config, t);
}

void flush_free(struct flush *f)
{
    timer_scratch_free(&f->scratch);
    free(f->cells);
    if (f->interval)
        interval_free(f->interval);
}

/* One series' way out. */
struct rows {
    struct flush *flush;
    struct out *out;
    struct span series;
    enum aggregate_type type;
};

static void put_row(const struct rows *r, struct span statistic, double value)
{
    if (!isfinite(value))
        return;
    char *row = out_room(r->out, aggregate_size(r->series, statistic));
    char *end = aggregate_write(row, r->series, r->type, statistic, value, r->flush->time);
    out_added(r->out, (size_t)(end - row));
}

static void put_counter(const struct rows *r, double sum)
{
    put_row(r, SPAN("count"), sum);
    if (r->flush->seconds > 0)
        put_row(r, SPAN("rate"), sum / r->flush->seconds);
}

/* The idle rows of a timer: it is there, and nothing happened. */
static void put_idle_timer(const struct rows *r, const struct plan *plan)
{
    if (plan_wants(plan, SPAN("count")))
        put_row(r, SPAN("count"), 0);
    if (r->flush->seconds > 0 && plan_wants(plan, SPAN("count_ps")))
        put_row(r, SPAN("count_ps"), 0);
}

static double percentile_value(enum statistic statistic, const struct timer_percentile *p)
{
    switch (statistic) {
    case STAT_COUNT_P: return p->count;
    case STAT_MEAN_P: return p->mean;
    case STAT_BOUND_P: return p->bound;
    case STAT_SUM_P: return p->sum;
    default: return p->sum_squares;
    }
}

static double summary_value(enum statistic statistic, const struct timer_summary *s, double seconds)
{
    switch (statistic) {
    case STAT_COUNT: return s->count;
    case STAT_COUNT_PS: return seconds > 0 ? s->count / seconds : NAN;
    case STAT_LOWER: return s->lower;
    case STAT_UPPER: return s->upper;
    case STAT_SUM: return s->sum;
    case STAT_SUM_SQUARES: return s->sum_squares;
    case STAT_MEAN: return s->mean;
    case STAT_MEDIAN: return s->median;
    default: return s->std;
    }
}

static void put_timer(const struct rows *r, const struct plan *plan, struct cell *c)
{
    struct timer_scratch *scratch = &r->flush->scratch;
    double *samples = cell_samples(c);
    struct timer_summary summary = timer_summarise(samples, c->count, c->weight, scratch);
    const struct histogram *h = plan_for(plan, r->series);
    struct timer_percentile percentile = { .present = false };
    size_t worked_out = SIZE_MAX, binned = 0;
    size_t next_bin = 0;
    for (const struct plan_row *row = h->rows; row < h->rows + h->row_count; row++) {
        if (row->statistic == STAT_BIN) {
            size_t in_bin = 0;
            for (; next_bin <= row->index; next_bin++)
                in_bin = timer_bin(samples, summary.samples, &h->bins[next_bin], &binned);
            put_row(r, row->name, (double)in_bin);
        } else if (row->statistic >= STAT_COUNT_P) {
            if (worked_out != row->index)
                percentile = timer_percentile(samples, &summary, scratch, plan->percentiles[row->index].value);
            worked_out = row->index;
            if (percentile.present)
                put_row(r, row->name, percentile_value(row->statistic, &percentile));
        } else {
            put_row(r, row->name, summary_value(row->statistic, &summary, r->flush->seconds));
        }
    }
}

/* The value of a gauge without samples in the interval; a newer interval's may have changed the slot's already. */
static double idle_gauge(const struct config *config, struct table *t, struct interval *current, uint32_t slot)
{
    struct cell *newer = NULL;
    if (current && !config->gauges_by_time && t->slots[slot].open_cells)
        newer = interval_find(current, t, slot);
    return newer ? newer->base : t->slots[slot].gauge;
}

static void put_idle(const struct rows *r, const struct config *config, struct table *t, struct interval *current,
                     uint32_t slot)
{
    switch ((enum family)t->slots[slot].family) {
    case FAMILY_COUNTER: put_counter(r, 0); break;
    case FAMILY_TIMER: put_idle_timer(r, config->plan); break;
    case FAMILY_GAUGE: put_row(r, SPAN("value"), idle_gauge(config, t, current, slot)); break;
    default: put_row(r, SPAN("count"), 0); break;
    }
}

static void put_cell(const struct rows *r, const struct config *config, struct cell *c, enum family family)
{
    switch (family) {
    case FAMILY_COUNTER: put_counter(r, c->sum); break;
    case FAMILY_TIMER: put_timer(r, config->plan, c); break;
    case FAMILY_GAUGE: put_row(r, SPAN("value"), c->value); break;
    default: put_row(r, SPAN("count"), (double)members_count(c->members)); break;
    }
}

static void put_slot(struct flush *f, const struct config *config, struct table *t, struct interval *current,
                     uint32_t slot, struct out *o)
{
    const struct slot *s = &t->slots[slot];
    enum family family = (enum family)s->family;
    if (f->cells[slot]) {
        const struct rows r = { f, o, { s->name, s->name_length }, family_aggregate(family) };
        if (f->cells[slot] == FLUSH_IDLE) {
            put_idle(&r, config, t, current, slot);
        } else {
            struct cell *c = &f->interval->cells[f->cells[slot] - 1];
            put_cell(&r, config, c, family);
            cell_free(c, family);
        }
    }
    int64_t next_end = f->interval->end + config->interval;
    if (!s->open_cells && s->name && idle_is_over(config, family, s->last_end, next_end))
        table_forget(t, slot);
}

static void put_own(struct flush *f, const struct config *config, const struct flush_live *live, struct out *o)
{
    const struct interval *v = f->interval;
    const struct rows r = { f, o, config->self_series, AGGREGATE_OWN };
    if (config->no_self)
        return;
    put_row(&r, SPAN("records_received"), (double)v->records);
    put_row(&r, SPAN("bad_records"), (double)v->bad);
    put_row(&r, SPAN("late_records"), (double)v->late);
    put_row(&r, SPAN("series"), f->held);
    if (live->present) {
        put_row(&r, SPAN("processing_time"), (double)(clock_monotonic_us() - f->began_us) / 1000);
        if (live->has_lag)
            put_row(&r, SPAN("timestamp_lag"), live->lag);
    }
    put_row(&r, SPAN("numStats"), f->held);
}

static void end(struct flush *f)
{
    interval_free(f->interval);
    free(f->cells);
    f->interval = NULL;
    f->cells = NULL;
}

bool flush_step(struct flush *f, const struct config *config, struct table *t, struct interval *current,
                const struct flush_live *live, struct out *o)
{
    for (; f->next < f->slots; f->next++) {
        if (out_space(o) < ROOM)
            return false;
        put_slot(f, config, t, current, f->next, o);
    }
    put_own(f, config, live, o);
    end(f);
    return true;
}
