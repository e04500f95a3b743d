/* quantiles: a timer's samples at an interval's end, however they were kept: all of them, all with their weights, or a
 * sketch. */
#ifndef STATISTICS_QUANTILES_H
#define STATISTICS_QUANTILES_H

#include <stdbool.h>
#include <stddef.h>

#include "samples/sketch.h"
#include "statistics/timer.h"

struct quantiles {
    enum { QUANTILES_EXACT, QUANTILES_WEIGHTED, QUANTILES_SKETCHED } kind;
    const double *samples; /* sorted; pairs where they are weighted */
    const struct sketch *sketch;
    const struct timer_scratch *scratch;
    struct timer_summary summary;
};

/* Each sums up one timer; weight is its `count`. What is passed stays the caller's, must outlive the distribution, and
 * samples are sorted in place. n > 0. */
void quantiles_of_samples(struct quantiles *q, double *samples, size_t n, double weight, struct timer_scratch *scratch);
void quantiles_of_pairs(struct quantiles *q, double *pairs, size_t n, double weight, struct timer_scratch *scratch);
void quantiles_of_sketch(struct quantiles *q, const struct sketch *sketch, double weight);

struct timer_percentile quantiles_percentile(const struct quantiles *q, double percentile);

/* How many samples (or how much weight) are below limit, or up to it when inclusive. */
double quantiles_below(const struct quantiles *q, double limit, bool inclusive);

#endif
