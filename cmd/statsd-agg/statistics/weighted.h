/* weighted: the statistics of a timer whose samples each stand for 1/rate samples (--weighted).
 *
 * They are what timer.h would give if each sample were repeated by its weight, which need not be an
 * integer. */
#ifndef STATISTICS_WEIGHTED_H
#define STATISTICS_WEIGHTED_H

#include <stdbool.h>
#include <stddef.h>

#include "statistics/timer.h"

/* Sorts n > 0 pairs (value, weight) by value, in place, and summarises them; cumulative sums stay
 * in scratch. */
struct timer_summary weighted_summarise(double *pairs, size_t n, struct timer_scratch *scratch);

/* As timer_percentile, over the pairs that weighted_summarise has sorted. */
struct timer_percentile weighted_percentile(const double *pairs, const struct timer_summary *summary,
                                            const struct timer_scratch *scratch, double percentile);

/* The weight of the pairs below limit, or at most limit if inclusive. */
double weighted_below(const double *pairs, size_t n, const struct timer_scratch *scratch, double limit, bool inclusive);

#endif
