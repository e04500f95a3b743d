/* distribution: a timer's samples at an interval's end, however they were kept: all of them, all with their weights, or a
 * sketch. */
#ifndef DISTRIBUTION_H
#define DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "sketch.h"
#include "timer.h"

struct distribution {
    enum { DISTRIBUTION_EXACT, DISTRIBUTION_WEIGHTED, DISTRIBUTION_SKETCHED } kind;
    const double *samples; /* sorted; pairs where they are weighted */
    const struct sketch *sketch;
    const struct timer_scratch *scratch;
    struct timer_summary summary;
};

/* Each sums up one timer; weight is its `count`. What is passed stays the caller's, must outlive the distribution, and
 * samples are sorted in place. n > 0. */
void distribution_of_samples(struct distribution *d, double *samples, size_t n, double weight,
                             struct timer_scratch *scratch);
void distribution_of_pairs(struct distribution *d, double *pairs, size_t n, double weight,
                           struct timer_scratch *scratch);
void distribution_of_sketch(struct distribution *d, const struct sketch *sketch, double weight);

struct timer_percentile distribution_percentile(const struct distribution *d, double percentile);

/* How many samples (or how much weight) are below limit, or up to it when inclusive. */
double distribution_below(const struct distribution *d, double limit, bool inclusive);

#endif
