#include "statistics/quantiles.h"

#include <math.h>

#include "statistics/weighted.h"

void quantiles_of_samples(struct quantiles *q, double *samples, size_t n, double weight, struct timer_scratch *scratch)
{
    *q = (struct quantiles){ QUANTILES_EXACT, samples, NULL, scratch, timer_summarise(samples, n, weight, scratch) };
}

void quantiles_of_pairs(struct quantiles *q, double *pairs, size_t n, double weight, struct timer_scratch *scratch)
{
    *q = (struct quantiles){ QUANTILES_WEIGHTED, pairs, NULL, scratch, weighted_summarise(pairs, n, scratch) };
    q->summary.count = weight;
}

/* The median of a sketch of weight `all`; if that is even, the mean of the middle two samples. */
static double median(const struct sketch *sketch, double all)
{
    double low = ceil(all / 2) - 1, high = floor(all / 2);
    double upper = sketch_at_rank(sketch, high);
    return low == high ? upper : (sketch_at_rank(sketch, low) + upper) / 2;
}

void quantiles_of_sketch(struct quantiles *q, const struct sketch *sketch, double weight)
{
    const struct sketch_totals t = sketch_totals(sketch);
    *q = (struct quantiles){ .kind = QUANTILES_SKETCHED, .sketch = sketch };
    q->summary = (struct timer_summary){
        .count = weight,
        .samples = t.samples,
        .lower = t.lower,
        .upper = t.upper,
        .sum = t.sum,
        .sum_squares = t.sum_squares,
        .mean = t.sum / t.weight,
        .median = median(sketch, t.weight),
        .std = sketch_deviation(sketch),
    };
}

static struct timer_percentile sketch_percentile(const struct quantiles *q, double percentile)
{
    const struct sketch_totals t = sketch_totals(q->sketch);
    double all = t.weight, taken = timer_round(fabs(percentile) / 100 * all);
    if (taken == 0)
        return (struct timer_percentile){ .present = false };
    if (taken > all)
        taken = all;
    struct sketch_sums below = sketch_sums_below(q->sketch, percentile > 0 ? taken : all - taken);
    struct timer_percentile p = { .present = true, .count = taken };
    if (percentile > 0) {
        p.bound = sketch_at_rank(q->sketch, taken - 1);
        p.sum = below.sum;
        p.sum_squares = below.sum_squares;
    } else {
        p.bound = sketch_at_rank(q->sketch, all - taken);
        p.sum = t.sum - below.sum;
        p.sum_squares = t.sum_squares - below.sum_squares;
    }
    p.mean = p.sum / taken;
    return p;
}

struct timer_percentile quantiles_percentile(const struct quantiles *q, double percentile)
{
    switch (q->kind) {
    case QUANTILES_EXACT: return timer_percentile(q->samples, &q->summary, q->scratch, percentile);
    case QUANTILES_WEIGHTED: return weighted_percentile(q->samples, &q->summary, q->scratch, percentile);
    default: return sketch_percentile(q, percentile);
    }
}

double quantiles_below(const struct quantiles *q, double limit, bool inclusive)
{
    switch (q->kind) {
    case QUANTILES_EXACT: return (double)timer_below(q->samples, q->summary.samples, limit, inclusive);
    case QUANTILES_WEIGHTED: return weighted_below(q->samples, q->summary.samples, q->scratch, limit, inclusive);
    default: return sketch_count_below(q->sketch, limit);
    }
}
