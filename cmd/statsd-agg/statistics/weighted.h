/* weighted: the statistics of a timer whose samples stand for 1/rate samples each (--weighted).
 *
 * They are what timer.h's would be if every sample were there as often as its weight says; weights need not be whole. */
#ifndef STATISTICS_WEIGHTED_H
#define STATISTICS_WEIGHTED_H

#include <stdbool.h>
#include <stddef.h>

#include "statistics/timer.h"

/* Sorts pairs (value, weight), n > 0 of them, by value, and sums them up; the cumulative sums stay in scratch. */
struct timer_summary weighted_summarise(double *pairs, size_t n, struct timer_scratch *scratch);

/* As timer_percentile, over the pairs weighted_summarise has sorted. */
struct timer_percentile weighted_percentile(const double *pairs, const struct timer_summary *summary,
                                            const struct timer_scratch *scratch, double percentile);

/* The weight of the pairs below limit, or up to it when inclusive. */
double weighted_below(const double *pairs, size_t n, const struct timer_scratch *scratch, double limit, bool inclusive);

#endif
