#include "saving.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/xalloc.h"

/* Finds the rate whose weight, 1/rate, is exactly this double, if there is one: it is at most one
 * step away from 1/weight. */
static bool rate_of(double weight, double *rate)
{
    const double near[] = { 1 / weight, nextafter(1 / weight, 0), nextafter(1 / weight, 2) };
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        if (near[i] > 0 && near[i] <= 1 && 1 / near[i] == weight) {
            *rate = near[i];
            return true;
        }
    return false;
}

/* Finds a rate that all samples of a timer may have had: their weights, added up in order, must
 * give the timer's count. */
static bool common_rate(double weight, uint32_t count, double *rate)
{
    if (!rate_of(weight / count, rate))
        return false;
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += 1 / *rate;
    return sum == weight;
}

/* The time of an open interval's samples: live it is now, but inside the interval. */
static int64_t time_in(const struct saving *s, const struct interval *interval)
{
    int64_t time = s->store->config->mode == TIME_EVENT ? interval->newest : s->now;
    return time < interval->start ? interval->start : time >= interval->end ? interval->end - 1 : time;
}

static void put_sample(struct saving *s, struct span series, double value, double rate, int64_t time, struct span extra)
{
    char value_text[NUMBER_TEXT_MAX], rate_text[NUMBER_TEXT_MAX];
    saving_put(s, series, value < 0 ? RECORD_DISTRIBUTION : RECORD_TIMER,
               (struct span){ value_text, number_format(value, value_text) },
               (struct span){ rate_text, number_format(rate, rate_text) }, time, extra);
}

/* Writes the word of a timer's count into `extra`, which has room for it. The sum of weights may
 * have overflowed a double. */
static size_t weight_word(const struct cell *c, char *extra)
{
    size_t length = (size_t)sprintf(extra, "weight=");
    if (isfinite(c->weight))
        return length + number_format(c->weight, extra + length);
    return length + (size_t)sprintf(extra + length, "inf");
}

static void put_samples(struct saving *s, struct span series, struct cell *c, int64_t time)
{
    const bool is_weighted = s->store->config->limits.is_weighted;
    const unsigned width = cell_sample_width(&s->store->config->limits);
    double *samples = xreallocarray(NULL, c->count + 1, width * sizeof *samples);
    cell_copy_samples(c, &s->store->config->limits, samples);
    char extra[NUMBER_TEXT_MAX + 16];
    double rate = 1;
    bool is_enough = common_rate(c->weight, c->count, &rate);
    if (!is_enough)
        rate = 1;
    size_t length = weight_word(c, extra);
    for (uint32_t i = 0; i < c->count; i++) {
        bool is_last = i + 1 == c->count;
        bool is_pair = is_weighted && c->count > 1;
        if (is_pair)
            rate_of(samples[2 * i + 1], &rate);
        put_sample(s, series, samples[i * width], rate, time,
                   (struct span){ extra, is_last && !is_enough && !is_pair ? length : 0 });
    }
    free(samples);
}

static void put_sketch(struct saving *s, struct span series, const struct cell *c, int64_t time)
{
    size_t size = sketch_write(c->sketch, NULL, 0);
    char *extra = xmalloc(size + NUMBER_TEXT_MAX + 32);
    size_t length = weight_word(c, extra);
    length += (size_t)sprintf(extra + length, " sketch=");
    length += sketch_write(c->sketch, extra + length, size);
    saving_put(s, series, RECORD_TIMER, SPAN(""), SPAN("1"), time, (struct span){ extra, length });
    free(extra);
}

static void put_hyperloglog(struct saving *s, struct span series, const struct cell *c, int64_t time)
{
    char extra[HYPERLOGLOG_TEXT + 16];
    size_t length = (size_t)sprintf(extra, "registers=");
    hyperloglog_write(c->hyperloglog, extra + length);
    saving_put(s, series, RECORD_SET, SPAN(""), SPAN("1"), time, (struct span){ extra, length + HYPERLOGLOG_TEXT });
}

/* What gauge_samples_each and members_each pass to their callbacks. */
struct cell_context {
    struct saving *saving;
    struct span series;
    int64_t time;
};

static void put_gauge_sample(int64_t time, double value, bool is_delta, void *context)
{
    const struct cell_context *cell = context;
    saving_put_number(cell->saving, cell->series, is_delta ? RECORD_GAUGE_DELTA : RECORD_GAUGE, value, time);
}

static void put_member(struct span member, void *context)
{
    const struct cell_context *cell = context;
    saving_put(cell->saving, cell->series, RECORD_SET, member, SPAN("1"), cell->time, SPAN(""));
}

void saving_put_cell(struct saving *s, const struct slot *slot, struct cell *c, const struct interval *interval)
{
    int64_t time = time_in(s, interval);
    struct cell_context context = { s, saving_series(s, slot), time };
    switch ((enum family)slot->family) {
    case FAMILY_COUNTER: saving_put_number(s, context.series, RECORD_COUNTER, c->sum, time); break;
    case FAMILY_TIMER:
        if (c->count == CELL_SKETCHED)
            put_sketch(s, context.series, c, time);
        else
            put_samples(s, context.series, c, time);
        break;
    case FAMILY_GAUGE:
        if (s->store->config->gauges_by_time && !interval->is_settled)
            gauge_samples_each(c->gauge_samples, put_gauge_sample, &context);
        else
            saving_put_number(s, context.series, RECORD_GAUGE, c->value, time);
        break;
    default:
        if (c->count == CELL_SKETCHED)
            put_hyperloglog(s, context.series, c, time);
        else
            members_each(c->members, put_member, &context);
    }
}
