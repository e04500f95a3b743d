/* timer: the statistics of a timer's samples, equal to the reference's to the last digit.
 *
 * The order of additions matters for that digit: sums run over the samples in rising order, as the
 * reference's cumulative arrays do (statsd/statsd, lib/process_metrics.js). */
#ifndef STATISTICS_TIMER_H
#define STATISTICS_TIMER_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "format/statistics.h"

/* Memory for one timer at a time. Begin with zeros. */
struct timer_scratch {
    double *samples;        /* values, or (value, weight) pairs */
    double *sums, *squares; /* cumulative: of the samples up to and including each */
    double *weights;        /* cumulative, for weighted.h */
    double *sorting;        /* for sort_doubles */
    size_t capacity;        /* samples */
};

/* Makes room for n samples; what was in the scratch may be lost. */
void timer_scratch_reserve(struct timer_scratch *scratch, size_t n);
void timer_scratch_free(struct timer_scratch *scratch);

/* ECMAScript's Math.round for x >= 0: half rounds up. */
double timer_round(double x);

struct timer_summary {
    double count; /* weighted: the sum of 1/rate */
    size_t samples;
    double lower, upper, sum, sum_squares, mean, median;
    double std; /* population deviation: √(Σ(x − mean)² / n) */
};

/* The statistics of a percentile P over n samples x1 ≤ … ≤ xn: those of the m smallest samples,
 * m = |P|/100 · n with half rounded up, or of the m largest if P is negative. */
struct timer_percentile {
    bool present; /* false when m is 0 */
    double count, mean, bound, sum, sum_squares;
};

/* Sorts samples[0..n), n > 0, in place and summarises them; cumulative sums stay in scratch.
 * weight is the summary's count. */
struct timer_summary timer_summarise(double *samples, size_t n, double weight, struct timer_scratch *scratch);

/* A percentile over the samples that timer_summarise has sorted, with its scratch. */
struct timer_percentile timer_percentile(const double *sorted, const struct timer_summary *summary,
                                         const struct timer_scratch *scratch, double percentile);

/* The value of a statistic: of a plain one over s and the interval's length in seconds (0: not
 * known), of a percentile's over *p. NAN where it has none, as bins have here. p may be NULL for a
 * plain one. Without a default, the compiler warns of a statistic that is missing. */
static inline double timer_value(enum timer_statistic statistic, const struct timer_summary *s, double seconds,
                                 const struct timer_percentile *p)
{
    switch (statistic) {
    case TIMER_COUNT: return s->count;
    case TIMER_COUNT_PS: return seconds > 0 ? s->count / seconds : NAN;
    case TIMER_LOWER: return s->lower;
    case TIMER_UPPER: return s->upper;
    case TIMER_SUM: return s->sum;
    case TIMER_SUM_SQUARES: return s->sum_squares;
    case TIMER_MEAN: return s->mean;
    case TIMER_MEDIAN: return s->median;
    case TIMER_STD: return s->std;
    case TIMER_COUNT_P: return p->count;
    case TIMER_MEAN_P: return p->mean;
    case TIMER_UPPER_P:
    case TIMER_LOWER_P: return p->bound;
    case TIMER_SUM_P: return p->sum;
    case TIMER_SUM_SQUARES_P: return p->sum_squares;
    case TIMER_HISTOGRAM: return NAN;
    }
    return NAN;
}

/* What a timer without samples has: a count of 0, and no other value. */
extern const struct timer_summary timer_idle;

/* How many of the sorted samples are below limit, or at most limit if inclusive. */
size_t timer_below(const double *sorted, size_t n, double limit, bool inclusive);

#endif
