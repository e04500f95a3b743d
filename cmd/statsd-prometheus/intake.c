#include "intake.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

void intake_init(struct intake *i, struct registry *registry, struct refusals *refusals, const char *const *where)
{
    *i = (struct intake){
        .registry = registry,
        .refusals = refusals,
        .where = where,
        .plain_bins = { .what = "timers with histogram.bin rows" },
        .shapes = { .what = "timers whose bins don't fit their family" },
        .limits = { .what = "timers with other bins" },
    };
}

void intake_free(struct intake *i)
{
    timer_free(&i->timer);
    free(i->open.bytes);
    free(i->own.bytes);
}

void intake_summarise(struct intake *i)
{
    complaint_summary(&i->plain_bins);
    complaint_summary(&i->shapes);
    complaint_summary(&i->limits);
}

static void refuse(struct intake *i, struct span series, const char *what, const char *why)
{
    i->refused++;
    refusals_add(i->refusals, &(struct refusal){ clock_wall_ms(), *i->where, 0, what, series, why, series, false });
}

/* --- metrics ---------------------------------------------------------------------------------- */

/* The metric of a series that has a value at a time, or NULL: it is refused. */
static struct metric *open_metric(struct intake *i, enum aggregate_type type, struct span series, enum shape shape,
                                  int64_t time)
{
    const char *what, *why;
    struct metric *m = registry_find(i->registry, type, series);
    if (!m)
        m = registry_add(i->registry, type, series, shape, &what, &why);
    if (!m) {
        refuse(i, series, what, why);
        return NULL;
    }
    if (i->is_history && m->history.first && (double)time <= m->data.list[DATA_TIME]) {
        refuse(i, series, "bad time of", "not after the one before");
        return NULL;
    }
    m->data.list[DATA_TIME] = (double)time;
    return m;
}

/* Its data have their new values. */
static void close_metric(struct intake *i, struct metric *m, bool is_used)
{
    i->changes++;
    if (is_used)
        registry_use(i->registry, m, i->now);
    if (i->is_history)
        history_add(&m->history, &i->registry->history, m->data.list, m->data.count);
}

static bool find_value(const struct point *p, const char *statistic, double *value)
{
    for (size_t i = 0; i < p->count; i++)
        if (span_is(p->values[i].statistic, statistic))
            return number_parse(p->values[i].value.text, p->values[i].value.length, value) == NUMBER_OK;
    return false;
}

/* --- counters, gauges, sets, self-metrics ----------------------------------------------------- */

static void add_counter(struct intake *i, const struct point *p)
{
    double count = 0;
    if (!find_value(p, "count", &count)) {
        refuse(i, p->series, "bad counter", "it has no count");
        return;
    }
    if (count < 0) {
        refuse(i, p->series, "bad counter", "its count is below 0, and a total never falls");
        return;
    }
    struct metric *m = open_metric(i, p->type, p->series, SHAPE_COUNTER, p->time);
    if (!m)
        return;
    double total = m->data.list[DATA_VALUE] + count;
    if (isfinite(total))
        m->data.list[DATA_VALUE] = total;
    close_metric(i, m, count > 0);
}

static void set_gauge(struct intake *i, enum aggregate_type type, struct span series, struct span text, int64_t time)
{
    struct metric *m = open_metric(i, type, series, SHAPE_GAUGE, time);
    if (!m)
        return;
    number_parse(text.text, text.length, &m->data.list[DATA_VALUE]);
    close_metric(i, m, true);
}

/* The series of a self-metric is its prefix, and its name the prefix and the statistic. numStats is
 * the same as `series`. */
static void set_own(struct intake *i, const struct point *p)
{
    const char *semicolon = memchr(p->series.text, ';', p->series.length);
    size_t length = semicolon ? (size_t)(semicolon - p->series.text) : p->series.length;
    for (size_t n = 0; n < p->count; n++) {
        if (span_is(p->values[n].statistic, "numStats"))
            continue;
        i->own.length = 0;
        if (i->self_prefix)
            text_put_string(&i->own, i->self_prefix);
        else
            text_put(&i->own, (struct span){ p->series.text, length });
        text_put_byte(&i->own, '.');
        text_put(&i->own, p->values[n].statistic);
        text_put(&i->own, (struct span){ p->series.text + length, p->series.length - length });
        set_gauge(i, p->type, text_span(&i->own), p->values[n].value, p->time);
    }
}

/* --- timers ----------------------------------------------------------------------------------- */

static bool has_limits(const struct metric *m, const struct timer_pairs *bins)
{
    const double *data = m->data.list;
    if (data[DATA_PAIRS] != (double)bins->count)
        return false;
    for (size_t n = 0; n < bins->count; n++)
        if (data[DATA_PAIRS_AT + 2 * n] != bins->list[n].at)
            return false;
    return true;
}

static void set_pairs(struct metric *m, const struct timer_pairs *pairs)
{
    m->data.count = DATA_PAIRS_AT;
    double *to = numbers_room(&m->data, 2 * pairs->count);
    for (size_t n = 0; n < pairs->count; n++) {
        *to++ = pairs->list[n].at;
        *to++ = pairs->list[n].value;
    }
    m->data.list[DATA_PAIRS] = (double)pairs->count;
    m->data.count += 2 * pairs->count;
}

static void add_bins(struct intake *i, struct metric *m)
{
    const struct timer *t = &i->timer;
    double *data = m->data.list;
    if (has_limits(m, &t->bins)) {
        for (size_t n = 0; n < t->bins.count; n++)
            data[DATA_PAIRS_AT + 2 * n + 1] += t->bins.list[n].value;
        return;
    }
    if (data[DATA_PAIRS] > 0) {
        complain(&i->limits, "timer %s has other bins than before: its totals begin again",
                 quote(m->texts, m->series_length).text);
        data[DATA_COUNT] = t->count;
        data[DATA_SUM] = t->sum;
    }
    set_pairs(m, &t->bins);
}

static void add_timer(struct intake *i, struct metric *m)
{
    const struct timer *t = &i->timer;
    double *data = m->data.list;
    bool is_histogram = m->family->shape == SHAPE_HISTOGRAM;
    double count = data[DATA_COUNT] + t->count, sum = data[DATA_SUM] + t->sum;
    if (isfinite(count) && isfinite(sum)) {
        data[DATA_COUNT] = count;
        data[DATA_SUM] = sum;
    }
    if (is_histogram && t->bins.count) {
        add_bins(i, m);
    } else if (!is_histogram) {
        set_pairs(m, &t->quantiles);
        m->quantiles_given = t->quantiles.count ? i->now : m->quantiles_given;
    }
}

/* An idle timer has a count of 0 and nothing else: its totals stay, and its percentiles as long as
 * --ttl. */
static void pass_idle_timer(struct intake *i, struct span series)
{
    struct metric *m = registry_find(i->registry, AGGREGATE_TIMER, series);
    if (!m || !(m = open_metric(i, AGGREGATE_TIMER, series, m->family->shape, i->open_time)))
        return;
    const struct timer_pairs none = { NULL, 0, 0 };
    if (i->is_history && m->family->shape == SHAPE_SUMMARY)
        set_pairs(m, &none);
    close_metric(i, m, false);
}

static bool is_complete(struct intake *i, struct span series)
{
    const struct timer *t = &i->timer;
    if (t->has_count && t->has_mean) {
        i->has_means = true;
        return true;
    }
    if (i->has_means)
        refuse(i, series, "bad timer", "it has no count and mean");
    else
        i->lacks_mean = true;
    return false;
}

static void finish_timer(struct intake *i)
{
    if (!i->is_open)
        return;
    struct span series = text_span(&i->open);
    struct timer *t = &i->timer;
    i->is_open = false;
    if (t->has_count && t->count == 0 && !i->is_restoring) {
        pass_idle_timer(i, series);
        return;
    }
    if (!i->is_restoring && !is_complete(i, series))
        return;
    timer_finish(t);
    enum shape shape = t->bins.count ? SHAPE_HISTOGRAM : SHAPE_SUMMARY;
    struct metric *m = open_metric(i, AGGREGATE_TIMER, series, shape, i->open_time);
    if (!m)
        return;
    if (m->family->shape == SHAPE_HISTOGRAM && !t->bins.count) {
        refuse(i, series, "bad timer", REGISTRY_NO_BINS);
        return;
    }
    if (m->family->shape != shape)
        complain(&i->shapes, "timer %s has bins, and the first of its name had none: they are left out",
                 quote(series.text, series.length).text);
    add_timer(i, m);
    close_metric(i, m, true);
}

static bool is_of_open(const struct intake *i, struct span before, struct span after)
{
    const char *open = i->open.bytes;
    return i->is_open && before.length + after.length == i->open.length &&
           memcmp(open, before.text, before.length) == 0 && memcmp(open + before.length, after.text, after.length) == 0;
}

static void take_timer(struct intake *i, const struct point *p)
{
    struct span before, after, limit;
    double value = 0;
    if (timer_is_bin(p, &before, &after, &limit)) {
        number_parse(p->values[0].value.text, p->values[0].value.length, &value);
        if (!is_of_open(i, before, after))
            refuse(i, p->series, "bad bin", "its timer's rows are not before it");
        else if (!timer_add_bin(&i->timer, limit, value))
            refuse(i, p->series, "bad bin", "expected a number as its tag le");
        return;
    }
    finish_timer(i);
    i->is_open = true;
    i->open.length = 0;
    text_put(&i->open, p->series);
    i->open_time = p->time;
    timer_read(&i->timer, p);
    if (i->timer.has_plain_bins)
        complain(&i->plain_bins,
                 "timer %s: histogram.bin rows have no place here: use statsd-agg --histogram-cumulative",
                 quote(p->series.text, p->series.length).text);
}

/* --- the owner of points ---------------------------------------------------------------------- */

static void take_point(void *self, const struct point *p)
{
    struct intake *i = self;
    if (i->is_restoring && p->type != AGGREGATE_COUNTER && p->type != AGGREGATE_TIMER)
        return; /* the row that ends a state file */
    if (p->type == AGGREGATE_TIMER) {
        take_timer(i, p);
        return;
    }
    finish_timer(i);
    if (p->type == AGGREGATE_COUNTER)
        add_counter(i, p);
    else if (p->type != AGGREGATE_OWN)
        set_gauge(i, p->type, p->series, p->values[p->count - 1].value, p->time);
    else if (!i->no_self)
        set_own(i, p);
}

static void take_end(void *self, int64_t time)
{
    struct intake *i = self;
    (void)time;
    finish_timer(i);
    i->registry->interval++;
}

static bool wants(void *self, enum aggregate_type type, struct span statistic)
{
    (void)self;
    return type != AGGREGATE_TIMER || timer_wants(statistic);
}

const struct points_owner intake_owner = { take_point, take_end, wants };
