#include "timer.h"

#include <math.h>
#include <stdlib.h>

#include "sort.h"
#include "xalloc.h"

void timer_scratch_free(struct timer_scratch *scratch)
{
    free(scratch->sums);
    free(scratch->squares);
    free(scratch->sorting);
}

static void make_room(struct timer_scratch *scratch, size_t n)
{
    if (n <= scratch->capacity)
        return;
    scratch->capacity = n + n / 2 + 64;
    timer_scratch_free(scratch);
    scratch->sums = xreallocarray(NULL, scratch->capacity, sizeof *scratch->sums);
    scratch->squares = xreallocarray(NULL, scratch->capacity, sizeof *scratch->squares);
    scratch->sorting = xreallocarray(NULL, scratch->capacity, sizeof *scratch->sorting);
}

struct timer_summary timer_summarise(double *samples, size_t n, double weight, struct timer_scratch *scratch)
{
    make_room(scratch, n);
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

/* ECMAScript's Math.round for what is not negative: half up, and 0.49999999999999994 to 0. */
static double round_half_up(double x)
{
    double whole = floor(x);
    return x - whole >= 0.5 ? whole + 1 : whole;
}

struct timer_percentile timer_percentile(const double *sorted, const struct timer_summary *summary,
                                         const struct timer_scratch *scratch, double percentile)
{
    size_t n = summary->samples;
    double taken = n == 1 ? 1 : round_half_up(fabs(percentile) / 100 * (double)n);
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

size_t timer_bin(const double *sorted, size_t n, const struct bin *bin, size_t *from)
{
    size_t first = *from, i = first;
    while (i < n && sorted[i] < bin->limit)
        i++;
    *from = i;
    return i - first;
}
