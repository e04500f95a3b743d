/* quantiles: a timer's samples at the end of an interval, in whichever form they were kept: all
 * samples, all samples with their weights, or a sketch. */
#ifndef STATISTICS_QUANTILES_H
#define STATISTICS_QUANTILES_H

#include <stdbool.h>
#include <stddef.h>

#include "samples/sketch.h"
#include "statistics/timer.h"

struct quantiles {
    enum { QUANTILES_EXACT, QUANTILES_WEIGHTED, QUANTILES_SKETCHED } kind;
    const double *samples; /* sorted; (value, weight) pairs if QUANTILES_WEIGHTED */
    const struct sketch *sketch;
    const struct timer_scratch *scratch;
    struct timer_summary summary;
};

/* Each prepares one timer; weight is its `count`, n > 0. Samples and pairs are sorted in place.
 * What is passed stays the caller's and must outlive q. */
void quantiles_of_samples(struct quantiles *q, double *samples, size_t n, double weight, struct timer_scratch *scratch);
void quantiles_of_pairs(struct quantiles *q, double *pairs, size_t n, double weight, struct timer_scratch *scratch);
void quantiles_of_sketch(struct quantiles *q, const struct sketch *sketch, double weight);

struct timer_percentile quantiles_percentile(const struct quantiles *q, double percentile);

/* How many samples (or how much weight) are below limit, or at most limit if inclusive. */
double quantiles_below(const struct quantiles *q, double limit, bool inclusive);

#endif
