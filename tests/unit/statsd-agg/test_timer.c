/* statsd-agg's timers: the reference's arithmetic (statsd/statsd, lib/process_metrics.js) to the
 * last digit. */
#include "statistics/timer.h"

#include <math.h>
#include <stdlib.h>

#include "tap.h"

static struct timer_scratch scratch;

static void test_known(void)
{
    double samples[] = { 60, 10, 30, 20 };
    struct timer_summary s = timer_summarise(samples, 4, 5, &scratch);
    tap_ok(samples[0] == 10 && samples[3] == 60, "the samples are sorted");
    tap_ok(s.count == 5 && s.samples == 4 && s.lower == 10 && s.upper == 60, "count is the weight given, lower, upper");
    tap_ok(s.sum == 120 && s.sum_squares == 5000 && s.mean == 30 && s.median == 25, "sums, mean, median of two");
    tap_ok(s.std == sqrt(350.0), "std is of the population");
    struct timer_percentile p = timer_percentile(samples, &s, &scratch, 50);
    tap_ok(p.present && p.count == 2 && p.mean == 15 && p.bound == 20 && p.sum == 30 && p.sum_squares == 500, "P 50");
    p = timer_percentile(samples, &s, &scratch, -50);
    tap_ok(p.count == 2 && p.mean == 45 && p.bound == 30 && p.sum == 90 && p.sum_squares == 4500, "P -50");
    p = timer_percentile(samples, &s, &scratch, -100);
    tap_ok(p.count == 4 && p.mean == 30 && p.bound == 10 && p.sum == 120 && p.sum_squares == 5000, "P -100 is all");
    p = timer_percentile(samples, &s, &scratch, 12);
    tap_ok(!p.present, "P 12 of four holds none");
    p = timer_percentile(samples, &s, &scratch, 12.5);
    tap_ok(p.present && p.count == 1, "P 12.5 holds one: half is rounded up");
    double one = 7;
    s = timer_summarise(&one, 1, 1, &scratch);
    p = timer_percentile(&one, &s, &scratch, 0.001);
    tap_ok(s.median == 7 && s.std == 0 && p.present && p.count == 1 && p.bound == 7,
           "one sample is in every percentile");
}

static void test_round(void)
{
    static const struct {
        double x, rounded;
    } cases[] = {
        { 0, 0 },
        { 0.5, 1 },
        { 1.5, 2 },
        { 2.5, 3 },
        { 0.49999999999999994, 0 },
        { 2.4999999999999996, 2 },
        { 4503599627370495.5, 4503599627370496 },
        { 9007199254740991, 9007199254740991 },
    };
    int wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        wrong += timer_round(cases[i].x) != cases[i].rounded;
    tap_ok(wrong == 0, "rounds as Math.round does");
}

static void test_below(void)
{
    static const double sorted[] = { -2, 0, 1, 1, 1, 5, 9 };
    tap_ok(timer_below(sorted, 7, 1, false) == 2 && timer_below(sorted, 7, 1, true) == 5, "below 1, and up to it");
    tap_ok(timer_below(sorted, 7, -3, true) == 0 && timer_below(sorted, 7, HUGE_VAL, false) == 7, "none, and all");
    tap_ok(timer_below(sorted, 0, 1, true) == 0, "of nothing");
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The reference's own steps, one array after the other. */
static int differs_from_reference(double *values, size_t n, double percentile)
{
    static double cumulated[400], squares[400];
    double copy[400];
    for (size_t i = 0; i < n; i++)
        copy[i] = values[i];
    qsort(copy, n, sizeof *copy, compare);
    for (size_t i = 0; i < n; i++) {
        cumulated[i] = i ? copy[i] + cumulated[i - 1] : copy[i];
        squares[i] = i ? copy[i] * copy[i] + squares[i - 1] : copy[i] * copy[i];
    }
    size_t taken = n == 1 ? 1 : (size_t)floor(fabs(percentile) / 100 * (double)n + 0.5);
    struct timer_summary s = timer_summarise(values, n, 1, &scratch);
    struct timer_percentile p = timer_percentile(values, &s, &scratch, percentile);
    if (taken == 0 || !p.present)
        return (taken == 0) != !p.present;
    double sum = cumulated[taken - 1], square = squares[taken - 1],
           bound = copy[percentile > 0 ? taken - 1 : n - taken];
    if (percentile < 0 && taken < n) {
        sum = cumulated[n - 1] - cumulated[n - taken - 1];
        square = squares[n - 1] - squares[n - taken - 1];
    }
    double mean = cumulated[n - 1] / (double)n, differences = 0;
    for (size_t i = 0; i < n; i++)
        differences += (copy[i] - mean) * (copy[i] - mean);
    return p.sum != sum || p.sum_squares != square || p.bound != bound || p.mean != sum / (double)taken ||
           s.sum != cumulated[n - 1] || s.mean != mean || s.std != sqrt(differences / (double)n);
}

static void test_random(void)
{
    int wrong = 0;
    srand(2);
    for (int round = 0; round < 20000; round++) {
        double values[400];
        size_t n = 1 + (size_t)rand() % (round % 10 ? 20 : 400);
        for (size_t i = 0; i < n; i++)
            values[i] = rand() % 3 ? rand() / 7.0 : rand() % 50 - 20;
        double percentile = (1 + rand() % 1000) / 10.0;
        wrong += differs_from_reference(values, n, rand() % 2 ? percentile : -percentile);
    }
    tap_ok(wrong == 0, "20,000 random timers are those of the reference (%d are not)", wrong);
}

/* Each statistic has a value of its own, and without samples a count alone. */
static void test_value(void)
{
    const struct timer_summary s = { 2, 3, 5, 7, 11, 13, 17, 19, 23 };
    const struct timer_percentile p = { true, 29, 31, 37, 41, 43 };
    static const double values[] = {
        [TIMER_COUNT] = 2,    [TIMER_COUNT_PS] = 0.25,  [TIMER_LOWER] = 5,         [TIMER_UPPER] = 7,
        [TIMER_SUM] = 11,     [TIMER_SUM_SQUARES] = 13, [TIMER_MEAN] = 17,         [TIMER_MEDIAN] = 19,
        [TIMER_STD] = 23,     [TIMER_COUNT_P] = 29,     [TIMER_MEAN_P] = 31,       [TIMER_UPPER_P] = 37,
        [TIMER_LOWER_P] = 37, [TIMER_SUM_P] = 41,       [TIMER_SUM_SQUARES_P] = 43
    };
    int wrong = 0, idle = 0;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        enum timer_statistic statistic = (enum timer_statistic)i;
        wrong += timer_value(statistic, &s, 8, &p) != values[i];
        if (aggregate_statistics[AGGREGATE_TIMER].rows[i].kind == STATISTIC_PLAIN)
            idle += !isnan(timer_value(statistic, &timer_idle, 8, NULL));
    }
    tap_ok(wrong == 0, "each statistic has its value (%d have another)", wrong);
    tap_ok(isnan(timer_value(TIMER_COUNT_PS, &s, 0, &p)) && isnan(timer_value(TIMER_HISTOGRAM, &s, 8, &p)),
           "there are no rates without a length, and bins have a value each");
    tap_ok(idle == 2 && timer_value(TIMER_COUNT, &timer_idle, 8, NULL) == 0 &&
               timer_value(TIMER_COUNT_PS, &timer_idle, 8, NULL) == 0,
           "an idle timer has a count and a rate of 0, and no other value");
}

int main(void)
{
    test_value();
    test_known();
    test_round();
    test_below();
    test_random();
    timer_scratch_free(&scratch);
    return tap_done();
}
