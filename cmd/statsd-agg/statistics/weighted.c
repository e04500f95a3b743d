#include "statistics/weighted.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *left, const void *right)
{
    const double *a = left, *b = right;
    for (size_t i = 0; i < 2; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* The first pair whose cumulative weight is above `weight` (or at_least that much); the last pair
 * when there is none. */
static size_t pair_at(const struct timer_scratch *scratch, size_t n, double weight, bool at_least)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        double sum = scratch->weights[middle];
        if (at_least ? sum >= weight : sum > weight)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct timer_summary weighted_summarise(double *pairs, size_t n, struct timer_scratch *scratch)
{
    timer_scratch_reserve(scratch, n);
    qsort(pairs, n, 2 * sizeof *pairs, by_value);
    double weight = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        double value = pairs[2 * i], times = pairs[2 * i + 1];
        scratch->weights[i] = weight += times;
        scratch->sums[i] = sum += value * times;
        scratch->squares[i] = squares += value * value * times;
    }
    double mean = sum / weight, differences = 0;
    for (size_t i = 0; i < n; i++)
        differences += (pairs[2 * i] - mean) * (pairs[2 * i] - mean) * pairs[2 * i + 1];
    size_t low = pair_at(scratch, n, weight / 2, true), high = pair_at(scratch, n, weight / 2, false);
    return (struct timer_summary){
        .count = weight,
        .samples = n,
        .lower = pairs[0],
        .upper = pairs[2 * (n - 1)],
        .sum = sum,
        .sum_squares = squares,
        .mean = mean,
        .median = low == high ? pairs[2 * low] : (pairs[2 * low] + pairs[2 * high]) / 2,
        .std = sqrt(differences / weight),
    };
}

/* Sums over the smallest pairs up to that weight; the last one may count in part. */
static void sums_up_to(const double *pairs, const struct timer_scratch *scratch, size_t n, double weight, double *sum,
                       double *squares)
{
    size_t i = pair_at(scratch, n, weight, true);
    double value = pairs[2 * i], part = weight - (i ? scratch->weights[i - 1] : 0);
    *sum = (i ? scratch->sums[i - 1] : 0) + value * part;
    *squares = (i ? scratch->squares[i - 1] : 0) + value * value * part;
}

struct timer_percentile weighted_percentile(const double *pairs, const struct timer_summary *summary,
                                            const struct timer_scratch *scratch, double percentile)
{
    double all = summary->count;
    double taken = all <= 1 ? all : timer_round(fabs(percentile) / 100 * all);
    size_t n = summary->samples;
    if (taken <= 0)
        return (struct timer_percentile){ .present = false };
    struct timer_percentile p = { .present = true, .count = taken < all ? taken : all };
    if (taken >= all) {
        p.bound = percentile > 0 ? summary->upper : summary->lower;
        p.sum = summary->sum;
        p.sum_squares = summary->sum_squares;
    } else if (percentile > 0) {
        p.bound = pairs[2 * pair_at(scratch, n, taken, true)];
        sums_up_to(pairs, scratch, n, taken, &p.sum, &p.sum_squares);
    } else {
        double sum, squares;
        p.bound = pairs[2 * pair_at(scratch, n, all - taken, false)];
        sums_up_to(pairs, scratch, n, all - taken, &sum, &squares);
        p.sum = summary->sum - sum;
        p.sum_squares = summary->sum_squares - squares;
    }
    p.mean = p.sum / p.count;
    return p;
}

double weighted_below(const double *pairs, size_t n, const struct timer_scratch *scratch, double limit, bool inclusive)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        double value = pairs[2 * middle];
        if (inclusive ? value <= limit : value < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? scratch->weights[low - 1] : 0;
}
