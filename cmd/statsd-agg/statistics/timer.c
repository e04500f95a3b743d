#include "statistics/timer.h"

#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "statistics/sort.h"

void timer_scratch_free(struct timer_scratch *scratch)
{
    free(scratch->samples);
    free(scratch->sums);
    free(scratch->squares);
    free(scratch->weights);
    free(scratch->sorting);
}

void timer_scratch_reserve(struct timer_scratch *scratch, size_t n)
{
    if (n <= scratch->capacity)
        return;
    scratch->capacity = n + n / 2 + 64;
    timer_scratch_free(scratch);
    scratch->samples = xreallocarray(NULL, 2 * scratch->capacity, sizeof *scratch->samples);
    scratch->sums = xreallocarray(NULL, scratch->capacity, sizeof *scratch->sums);
    scratch->squares = xreallocarray(NULL, scratch->capacity, sizeof *scratch->squares);
    scratch->weights = xreallocarray(NULL, scratch->capacity, sizeof *scratch->weights);
    scratch->sorting = xreallocarray(NULL, scratch->capacity, sizeof *scratch->sorting);
}

struct timer_summary timer_summarise(double *samples, size_t n, double weight, struct timer_scratch *scratch)
{
    timer_scratch_reserve(scratch, n);
    sort_doubles(samples, n, scratch->sorting);
    double sum = samples[0], squares = samples[0] * samples[0];
    scratch->sums[0] = sum;
    scratch->squares[0] = squares;
    for (size_t i = 1; i < n; i++) {
        scratch->sums[i] = sum = samples[i] + sum;
        scratch->squares[i] = squares = samples[i] * samples[i] + squares;
    }
    double mean = sum / (double)n, differences = 0;
    for (size_t i = 0; i < n; i++)
        differences += (samples[i] - mean) * (samples[i] - mean);
    size_t middle = n / 2;
    return (struct timer_summary){
        .count = weight,
        .samples = n,
        .lower = samples[0],
        .upper = samples[n - 1],
        .sum = sum,
        .sum_squares = squares,
        .mean = mean,
        .median = n % 2 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2,
        .std = sqrt(differences / (double)n),
    };
}

/* floor(x + 0.5) would round 0.49999999999999994 to 1. */
double timer_round(double x)
{
    double whole = floor(x);
    return x - whole >= 0.5 ? whole + 1 : whole;
}

struct timer_percentile timer_percentile(const double *sorted, const struct timer_summary *summary,
                                         const struct timer_scratch *scratch, double percentile)
{
    size_t n = summary->samples;
    double taken = n == 1 ? 1 : timer_round(fabs(percentile) / 100 * (double)n);
    size_t m = (size_t)taken;
    if (m == 0)
        return (struct timer_percentile){ .present = false };
    struct timer_percentile p = { .present = true, .count = taken };
    if (percentile > 0 || m == n) {
        p.bound = percentile > 0 ? sorted[m - 1] : sorted[0];
        p.sum = scratch->sums[m - 1];
        p.sum_squares = scratch->squares[m - 1];
    } else {
        p.bound = sorted[n - m];
        p.sum = scratch->sums[n - 1] - scratch->sums[n - m - 1];
        p.sum_squares = scratch->squares[n - 1] - scratch->squares[n - m - 1];
    }
    p.mean = p.sum / taken;
    return p;
}

size_t timer_below(const double *sorted, size_t n, double limit, bool inclusive)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (inclusive ? sorted[middle] <= limit : sorted[middle] < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct timer_summary timer_idle = {
    .count = 0, .lower = NAN, .upper = NAN, .sum = NAN, .sum_squares = NAN, .mean = NAN, .median = NAN, .std = NAN
};
