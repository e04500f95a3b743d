/* Unit test of statsd-agg's sketch: its bound against sorted data, what is exact, and what a state
 * file carries. */
#include "samples/sketch.h"
#include "tap.h"

#include <float.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { MOST = 5000 };

static uint64_t random_state;

/* splitmix64 (Steele, Lea, Flood, 2014). */
static uint64_t random_word(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Between 0 and 1, neither included. */
static double uniform(void)
{
    return ((double)(random_word() >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
    double radius = sqrt(-2 * log(uniform()));
    return radius * cos(6.283185307179586 * uniform());
}

/* The data: the i-th of n samples. */

static double milliseconds(size_t i, size_t n)
{
    (void)i, (void)n;
    return exp(4 + 0.8 * normal());
}

static double whole_milliseconds(size_t i, size_t n)
{
    return floor(milliseconds(i, n));
}

static double wide_log_normal(size_t i, size_t n)
{
    (void)i, (void)n;
    return fmin(fmax(exp(6 * normal()), 1e-9), 1e12);
}

static double exponential(size_t i, size_t n)
{
    (void)i, (void)n;
    return fmax(-log(uniform()), 1e-9);
}

static double pareto(size_t i, size_t n)
{
    (void)i, (void)n;
    return fmin(pow(uniform(), -1.2), 1e12);
}

static double evenly(size_t i, size_t n)
{
    (void)i, (void)n;
    return uniform() * 1000 + 1e-9;
}

static double either_sign(size_t i, size_t n)
{
    (void)i, (void)n;
    return normal() * 100;
}

static double equal(size_t i, size_t n)
{
    (void)i, (void)n;
    return 0.1;
}

static double two_clusters(size_t i, size_t n)
{
    (void)n;
    return i % 2 ? 1e12 * (1 - uniform() * 1e-3) : 1e-9 * (1 + uniform() * 1e-3);
}

static double alternating(size_t i, size_t n)
{
    (void)n;
    return (i % 2 ? -1 : 1) * exp(20 * uniform());
}

static double next_to_zero(size_t i, size_t n)
{
    return i == n / 2 ? 1.01 : (i % 2 ? -1 : 1) * (1 + uniform() * 0.02);
}

static double ends_of_the_range(size_t i, size_t n)
{
    static const double ends[] = { 1e-9, 1e12, -1e-9, -1e12, 0 };
    (void)n;
    return ends[i % COUNT(ends)];
}

static double mostly_zeros(size_t i, size_t n)
{
    (void)n;
    return i % 3 ? 0 : 50 * normal();
}

static double nothing_but_zeros(size_t i, size_t n)
{
    (void)n;
    return i % 2 ? 0.0 : -0.0;
}

static double counted(size_t i, size_t n)
{
    (void)n;
    return (double)i;
}

static double powers(size_t i, size_t n)
{
    (void)n;
    return ldexp(1 + (double)(i % 8) / 8, (int)(i % 69) - 29);
}

static double about_powers(size_t i, size_t n)
{
    return nextafter(powers(i, n), i % 2 ? HUGE_VAL : 0);
}

static double growing(size_t i, size_t n)
{
    return 1e-9 * pow(1e21, (double)i / (double)n);
}

static const struct {
    const char *name;
    double (*sample)(size_t i, size_t n);
} data[] = {
    { "log-normal milliseconds", milliseconds },
    { "whole milliseconds", whole_milliseconds },
    { "wide log-normal", wide_log_normal },
    { "exponential", exponential },
    { "Pareto", pareto },
    { "uniform", evenly },
    { "normal", either_sign },
    { "all equal", equal },
    { "two far clusters", two_clusters },
    { "alternating signs", alternating },
    { "close to one and to minus one", next_to_zero },
    { "the ends of the range", ends_of_the_range },
    { "mostly zeros", mostly_zeros },
    { "nothing but zeros", nothing_but_zeros },
    { "0, 1, 2", counted },
    { "powers of two", powers },
    { "about powers of two", about_powers },
    { "growing from end to end", growing },
};

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool within(double estimate, double exact)
{
    return fabs(estimate - exact) <= 0.01 * fabs(exact);
}

static struct sketch *sketch_of(const double *samples, size_t n)
{
    struct sketch *sketch = sketch_new();
    for (size_t i = 0; i < n; i++)
        sketch_add(sketch, samples[i], 1);
    return sketch;
}

/* Whether every rank, and the mean of every two neighbours, is within the bound; the first and the
 * last are exact. */
static bool bound_holds(const struct sketch *sketch, const double *sorted, size_t n)
{
    double before = 0;
    for (size_t rank = 0; rank < n; rank++) {
        double value = sketch_at_rank(sketch, (double)rank);
        if (!within(value, sorted[rank]) ||
            (rank > 0 && (value < before || !within((value + before) / 2, (sorted[rank] + sorted[rank - 1]) / 2)))) {
            tap_note("rank %zu of %zu: %.17g, not %.17g", rank, n, value, sorted[rank]);
            return false;
        }
        before = value;
    }
    return sketch_at_rank(sketch, 0) == sorted[0] && sketch_at_rank(sketch, (double)n - 1) == sorted[n - 1];
}

static bool totals_are_exact(const struct sketch *sketch, const double *arrived, const double *sorted, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += arrived[i];
        squares += arrived[i] * arrived[i];
    }
    struct sketch_totals totals = sketch_totals(sketch);
    struct sketch_sums all = sketch_sums_below(sketch, (double)n);
    return totals.samples == n && totals.weight == (double)n && totals.lower == sorted[0] &&
           totals.upper == sorted[n - 1] && totals.sum == sum && totals.sum_squares == squares && all.sum == sum &&
           all.sum_squares == squares;
}

static bool holds_for(const double *arrived, const double *sorted, size_t n)
{
    struct sketch *sketch = sketch_of(arrived, n);
    bool holds = bound_holds(sketch, sorted, n) && totals_are_exact(sketch, arrived, sorted, n);
    sketch_free(sketch);
    return holds;
}

static void test_bound(void)
{
    static const size_t sizes[] = { 1, 2, 3, 4, 10, 101, 1000, MOST };
    static double arrived[MOST], sorted[MOST], reversed[MOST];
    for (size_t row = 0; row < COUNT(data); row++) {
        bool as_they_come = true, in_order = true, backwards = true;
        for (size_t s = 0; s < COUNT(sizes); s++) {
            size_t n = sizes[s];
            for (size_t i = 0; i < n; i++)
                sorted[i] = arrived[i] = data[row].sample(i, n);
            qsort(sorted, n, sizeof *sorted, rising);
            for (size_t i = 0; i < n; i++)
                reversed[i] = sorted[n - 1 - i];
            as_they_come &= holds_for(arrived, sorted, n);
            in_order &= holds_for(sorted, sorted, n);
            backwards &= holds_for(reversed, sorted, n);
        }
        tap_ok(as_they_come, "%s: within 1 %% at every rank, totals exact", data[row].name);
        tap_ok(in_order, "%s: sorted", data[row].name);
        tap_ok(backwards, "%s: reversed", data[row].name);
    }
}

/* Whether x, between a smaller and a larger sample, and -x are answered within the bound. */
static bool answers(double x)
{
    double samples[] = { x, x / 1.5, x * 1.5, -x, -x / 1.5, -x * 1.5 };
    struct sketch *sketch = sketch_of(samples, COUNT(samples));
    bool good = within(sketch_at_rank(sketch, 1), -x) && within(sketch_at_rank(sketch, 4), x);
    sketch_free(sketch);
    if (!good)
        tap_note("%.17g is not answered within 1 %%", x);
    return good;
}

/* Only 16 bits of a fraction tell buckets apart: every limit of a bucket is among these, with its
 * two neighbours. */
static bool answers_fractions(int octave, unsigned step)
{
    bool good = true;
    for (unsigned fraction = 0; fraction < 1U << 16; fraction += step) {
        double x = ldexp(1 + fraction * 0x1p-16, octave);
        good &= answers(x) && answers(nextafter(x, 0)) && answers(nextafter(x, HUGE_VAL));
    }
    return good;
}

static void test_limits(void)
{
    tap_ok(answers_fractions(0, 1), "the limits of every bucket of an octave, and next to them");
    bool good = true;
    for (int octave = -29; octave < 39; octave++)
        good &= answers_fractions(octave, 61);
    tap_ok(good, "every octave");
    tap_ok(answers(1e-9) && answers(nextafter(1e-9, 1)), "1e-9");
    tap_ok(answers(1e12) && answers(nextafter(1e12, 0)), "1e12");
}

/* Samples as often as they weigh, whole weights first, then those of rates like 0.3. */
static bool weighted_bound_holds(bool whole)
{
    enum { N = 1000 };
    static const double rates[] = { 1, 0.5, 0.25, 0.1, 0.3, 0.7, 0.001 };
    struct pair {
        double x, weight;
    } pairs[N];
    struct sketch *sketch = sketch_new();
    double weight = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < N; i++) {
        pairs[i].x = 50 * normal();
        pairs[i].weight = 1 / rates[random_word() % (whole ? 4 : COUNT(rates))];
        sketch_add(sketch, pairs[i].x, pairs[i].weight);
        weight += pairs[i].weight;
        sum += pairs[i].weight * pairs[i].x;
        squares += pairs[i].weight * (pairs[i].x * pairs[i].x);
    }
    struct sketch_totals totals = sketch_totals(sketch);
    bool good = totals.samples == N && totals.weight == weight && totals.sum == sum && totals.sum_squares == squares;
    qsort(pairs, N, sizeof *pairs, rising);
    double below = 0, margin = whole ? 0 : 1e-6;
    for (size_t i = 0; i < N; i++) {
        double last = below + pairs[i].weight - (whole ? 1 : margin);
        good &= within(sketch_at_rank(sketch, below + margin), pairs[i].x);
        good &= within(sketch_at_rank(sketch, below + pairs[i].weight / 2), pairs[i].x);
        good &= within(sketch_at_rank(sketch, last), pairs[i].x);
        below += pairs[i].weight;
    }
    good &= sketch_count_below(sketch, HUGE_VAL) == weight;
    good &= sketch_at_rank(sketch, 0) == pairs[0].x && sketch_at_rank(sketch, weight - 1) == pairs[N - 1].x;
    sketch_free(sketch);
    return good;
}

static void test_weights(void)
{
    tap_ok(weighted_bound_holds(true), "whole weights: within 1 %% at every rank, sums exact");
    tap_ok(weighted_bound_holds(false), "weights of any rate: within 1 %% at every rank, sums exact");
}

static void test_ranks_outside(void)
{
    struct sketch *sketch = sketch_new();
    struct sketch_totals totals = sketch_totals(sketch);
    tap_ok(sketch_at_rank(sketch, 0) == 0 && sketch_at_rank(sketch, 5) == 0, "empty: every rank is 0");
    tap_ok(totals.samples == 0 && totals.weight == 0 && totals.lower == 0 && totals.upper == 0 && totals.sum == 0 &&
               totals.sum_squares == 0,
           "empty: all totals are 0");
    tap_ok(sketch_deviation(sketch) == 0 && sketch_count_below(sketch, HUGE_VAL) == 0 &&
               sketch_sums_below(sketch, 1).sum == 0,
           "empty: all estimates are 0");
    sketch_add(sketch, -7.3, 1);
    sketch_add(sketch, -2.1, 1);
    tap_ok(sketch_at_rank(sketch, -1) == -7.3, "a rank below is the first");
    tap_ok(sketch_at_rank(sketch, 2) == -2.1 && sketch_at_rank(sketch, HUGE_VAL) == -2.1, "a rank above is the last");
    sketch_free(sketch);
    sketch_free(NULL);
}

/* Outside the bound's range nothing is promised but an answer between the smallest and the largest
 * sample. */
static void test_outside_the_range(void)
{
    static const double samples[] = { DBL_MAX, -DBL_MAX, 1e300,  -1e300, 1e13,    -1e13,   1e-10,
                                      -1e-10,  1e-300,   1e-320, 5e-324, -5e-324, DBL_MIN, 1.0995e12 };
    struct sketch *sketch = sketch_of(samples, COUNT(samples));
    bool inside = true;
    double before = -HUGE_VAL;
    for (size_t rank = 0; rank < COUNT(samples); rank++) {
        double value = sketch_at_rank(sketch, (double)rank);
        inside &= value >= before && value >= -DBL_MAX && value <= DBL_MAX;
        before = value;
    }
    tap_ok(inside, "outside the range: answers rise from the smallest to the largest");
    tap_ok(sketch_deviation(sketch) >= 0, "outside the range: a deviation");
    sketch_free(sketch);
    double tiny[] = { 1e-12, 2e-12, 3e-12 }, huge[] = { 1e15, 2e15, 3e15 };
    sketch = sketch_of(tiny, 3);
    tap_ok(sketch_at_rank(sketch, 1) >= 1e-12 && sketch_at_rank(sketch, 1) <= 3e-12, "tiny: not beyond the samples");
    sketch_free(sketch);
    sketch = sketch_of(huge, 3);
    tap_ok(sketch_at_rank(sketch, 1) >= 1e15 && sketch_at_rank(sketch, 1) <= 3e15, "huge: not beyond the samples");
    sketch_free(sketch);
}

static void test_deviation(void)
{
    double spread[MOST], mean = 0, squares = 0;
    struct sketch *sketch = sketch_new();
    bool none = true;
    for (size_t i = 0; i < 1000; i++) {
        sketch_add(sketch, 1e9 + 0.1, 1);
        none &= sketch_deviation(sketch) == 0;
    }
    tap_ok(none, "all equal: no deviation");
    sketch_free(sketch);
    for (size_t i = 0; i < MOST; i++)
        mean += (spread[i] = milliseconds(i, MOST)) / (double)MOST;
    for (size_t i = 0; i < MOST; i++)
        squares += (spread[i] - mean) * (spread[i] - mean);
    sketch = sketch_of(spread, MOST);
    tap_ok(fabs(sketch_deviation(sketch) / sqrt(squares / (double)MOST) - 1) < 1e-9,
           "milliseconds: the exact deviation");
    sketch_free(sketch);
}

/* Nothing is promised, but what is counted below a limit is right for a limit 2 % away, and sums
 * are within 1 %. */
static void test_estimates(void)
{
    static double samples[MOST];
    struct sketch *sketch = sketch_new();
    for (size_t i = 0; i < MOST; i++)
        sketch_add(sketch, samples[i] = milliseconds(i, MOST), 1);
    qsort(samples, MOST, sizeof *samples, rising);
    bool counts = true, sums = true;
    double sum = 0, squares = 0;
    for (size_t i = 0, low = 0, high = 0; i < MOST; i++) {
        while (samples[low] < samples[i] / 1.021)
            low++;
        while (high < MOST && samples[high] < samples[i] * 1.021)
            high++;
        double count = sketch_count_below(sketch, samples[i]);
        counts &= count >= (double)low && count <= (double)high && count == floor(count);
        sum += samples[i];
        squares += samples[i] * samples[i];
        struct sketch_sums estimate = sketch_sums_below(sketch, (double)i + 1);
        sums &= fabs(estimate.sum / sum - 1) <= 0.01 && fabs(estimate.sum_squares / squares - 1) <= 0.0201;
    }
    tap_ok(counts, "counts below a limit are near");
    tap_ok(sums, "sums of the smallest are near");
    tap_ok(sketch_sums_below(sketch, 0).sum == 0, "the sum of no sample is 0");
    tap_ok(sketch_count_below(sketch, samples[0]) == 0, "none is below the smallest");
    tap_ok(sketch_count_below(sketch, nextafter(samples[MOST - 1], HUGE_VAL)) == (double)MOST,
           "all are below more than the largest");
    sketch_free(sketch);
}

static char *written(const struct sketch *sketch, size_t *length)
{
    *length = sketch_write(sketch, NULL, 0);
    char *text = malloc(*length + 1);
    text[*length] = '!';
    if (sketch_write(sketch, text, *length) != *length || text[*length] != '!')
        tap_ok(false, "write as much as was said");
    return text;
}

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static bool answers_alike(const struct sketch *a, const struct sketch *b)
{
    struct sketch_totals s = sketch_totals(a), t = sketch_totals(b);
    bool alike = s.samples == t.samples && same(s.weight, t.weight) && same(s.lower, t.lower) &&
                 same(s.upper, t.upper) && same(s.sum, t.sum) && same(s.sum_squares, t.sum_squares) &&
                 same(sketch_deviation(a), sketch_deviation(b));
    for (int percent = 0; percent <= 100; percent++) {
        double rank = s.weight * percent / 100, limit = s.lower + (s.upper / 100 - s.lower / 100) * percent;
        struct sketch_sums sums = sketch_sums_below(a, rank), others = sketch_sums_below(b, rank);
        alike &= same(sketch_at_rank(a, rank), sketch_at_rank(b, rank)) && same(sums.sum, others.sum) &&
                 same(sums.sum_squares, others.sum_squares) &&
                 same(sketch_count_below(a, limit), sketch_count_below(b, limit));
    }
    size_t length, other_length;
    char *text = written(a, &length), *other = written(b, &other_length);
    alike &= length == other_length && memcmp(text, other, length) == 0;
    free(text);
    free(other);
    return alike;
}

static bool is_one_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '\\')
            return false;
    return length > 0;
}

/* Writes, reads back, and goes on with both. */
static bool survives(double (*sample)(size_t i, size_t n), size_t n, bool weighted)
{
    struct sketch *sketch = sketch_new();
    for (size_t i = 0; i < n; i++)
        sketch_add(sketch, sample(i, n), weighted ? 1 / (0.1 + uniform() * 0.9) : 1);
    size_t length;
    char *text = written(sketch, &length);
    struct sketch *other = sketch_read(text, length);
    bool good = is_one_word(text, length) && other != NULL && answers_alike(sketch, other);
    for (size_t i = 0; i < n && other != NULL; i++) {
        double x = 2 * sample(i, n);
        sketch_add(sketch, x, 1);
        sketch_add(other, x, 1);
    }
    good = good && answers_alike(sketch, other);
    sketch_free(sketch);
    sketch_free(other);
    free(text);
    return good;
}

/* Whole numbers of both signs: their sums do not depend on the order. */
static double whole_any(size_t i, size_t n)
{
    return (i % 3 ? 1 : -1) * (i % 11 ? whole_milliseconds(i, n) : 0);
}

static void test_merge(void)
{
    bool good = true;
    for (size_t n = 0; n < 300; n = n * 2 + 1)
        for (size_t cut = 0; cut <= n; cut += 1 + n / 4) {
            struct sketch *all = sketch_new(), *first = sketch_new(), *second = sketch_new();
            for (size_t i = 0; i < n; i++) {
                double x = whole_any(i, n);
                sketch_add(all, x, (double)(1 + i % 2));
                sketch_add(i < cut ? first : second, x, (double)(1 + i % 2));
            }
            sketch_merge(first, second);
            good &= answers_alike(all, first);
            sketch_free(all);
            sketch_free(first);
            sketch_free(second);
        }
    tap_ok(good, "merged: as if all samples had been added to one");
}

static double outgrown(size_t i, size_t n)
{
    (void)n;
    return i % 7 == 3 ? -DBL_MAX : DBL_MAX / (double)(i + 1);
}

static void test_round_trip(void)
{
    for (size_t row = 0; row < COUNT(data); row++) {
        bool good = true;
        for (size_t n = 0; n < 300; n = n * 3 + 1)
            good &= survives(data[row].sample, n, false) && survives(data[row].sample, n, true);
        tap_ok(good, "%s: read back and gone on as if never written", data[row].name);
    }
    tap_ok(survives(outgrown, 100, false) && survives(outgrown, 100, true),
           "sums that have outgrown a double: read back");
    struct sketch *sketch = sketch_new();
    sketch_add(sketch, 5, HUGE_VAL);
    size_t length;
    char *text = written(sketch, &length);
    struct sketch *other = sketch_read(text, length);
    tap_ok(other != NULL && answers_alike(sketch, other), "a weight that has outgrown a double: read back");
    sketch_free(other);
    sketch_free(sketch);
    free(text);
}

static void test_text(void)
{
    struct sketch *sketch = sketch_new();
    static const double samples[] = { 1, 1, 2, 0, 0, -1, 3 };
    for (size_t i = 0; i < COUNT(samples); i++)
        sketch_add(sketch, samples[i], 1);
    static const char expected[] = "7,7,6,16,1,1,1,3;-1051:1;0:2;1051:2;1086:1;1106:1";
    size_t length;
    char *text = written(sketch, &length);
    tap_ok(length == strlen(expected) && memcmp(text, expected, length) == 0, "written as %.*s", (int)length, text);
    char small[8] = "abcdefg";
    tap_ok(sketch_write(sketch, small, 4) == length && strcmp(small, "7,7,efg") == 0,
           "write no more than there is room for");
    free(text);
    sketch_free(sketch);
}

/* Reads from memory of just that length, so that a sanitizer sees a read past it. */
static struct sketch *read_exactly(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    memcpy(copy + 1, text, length);
    struct sketch *sketch = sketch_read(copy + 1, length);
    free(copy);
    return sketch;
}

static void test_refused(void)
{
    /* clang-format off */
    static const char *const texts[] = {
        "", "0", "x", "0,0,0,0,0,0,0", "0,0,0,0,0,0,0,0,", "0,0,0,0,0,0,0,0;", "0,0,0,0,0,0,0,0,0", " 0,0,0,0,0,0,0,0",
        "0,0,0,0,0,0,0,0;0:1", "1,1,0,0,0,0,0,0", "1,1,0,0,0,0,0,0;0:1\n", "1,1,0,0,0,0,0,0;0:1,", "1,1,0,0,0,0,0,0;0:",
        "1,1,0,0,0,0,0,0;0", "1,1,0,0,0,0,0,0;:1", "1,1,0,0,0,0,0,0;0:0", "1,1,0,0,0,0,0,0;0:-1",
        "1,1,0,0,0,0,0,0;0:nan",
        "1,1,0,0,0,0,0,0;0:2", "2,1,0,0,0,0,0,0;0:2", "1.5,1,0,0,0,0,0,0;0:1", "-1,1,0,0,0,0,0,0;0:1",
        "1e30,1,0,0,0,0,0,0;0:1", "nan,1,0,0,0,0,0,0;0:1", "1,1,0,0,0,0,0,0;0.5:1", "1,1,0,0,0,0,0,0;nan:1",
        "2,2,0,0,0,0,0,0;0:1;0:1", "2,2,1,1,0,0,1,1;1051:1;0:1", "1,1,1,1,0,0,2,2;1051:1", "1,1,1,1,0,0,1,2;1051:1",
        "1,1,1,1,0,0,0,0;1051:1", "1,1,1,1,1,1,0,0;1051:1", "1,1,1,1,0,0,-1,-1;1051:1", "1,1,1,1,0,0,1,inf;1051:1",
        "1,1,0,0,0,0,1,1;0:1", "1,1,1e99,inf,0,0,1e99,1e99;2451:1", "2,2,1,1,0,0,1e99,1e99;2450:1,1",
        "1,1,1,1,1e99,1e99,0,0;-2451:1", "1,1,1,1,0,0,1,1;1e300:1", "1,1,1,1,0,0,1,1;-1e300:1",
        "1,1,1,1,0,0,inf,inf;1051:1",
        "1,infinity,1,1,0,0,1,1;1051:1", "1,1,1,1,0,0,1.02,1.01;1051:1", "1;1;1;1;0;0;1;1;1051:1",
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct sketch *sketch = read_exactly(texts[i], strlen(texts[i]));
        tap_ok(sketch == NULL, "refuse row %zu", i);
        sketch_free(sketch);
    }
    struct sketch *sketch = read_exactly("1,1,1,1,0,0,1,1;1051:1", 22);
    tap_ok(sketch != NULL, "read what is whole");
    sketch_free(sketch);
}

/* Damage: whatever is cut off is noticed, and no changed byte does harm. */
static void test_damage(void)
{
    struct sketch *sketch = sketch_new();
    for (size_t i = 0; i < 200; i++)
        sketch_add(sketch, either_sign(i, 200), 1);
    size_t length, accepted = 0;
    char *text = written(sketch, &length);
    for (size_t cut = 0; cut < length; cut++) {
        struct sketch *other = read_exactly(text, cut);
        accepted += other != NULL;
        sketch_free(other);
    }
    tap_ok(accepted == 0, "refuse whatever is cut off (%zu of %zu read)", accepted, length);
    bool sane = true;
    for (int i = 0; i < 50000; i++) {
        size_t at = random_word() % length;
        char kept = text[at];
        text[at] = i % 2 ? (char)random_word() : "0123456789,;:-.e"[random_word() % 16];
        struct sketch *other = read_exactly(text, length);
        if (other != NULL) {
            double value = sketch_at_rank(other, uniform() * 200);
            sane &= value >= sketch_totals(other).lower && value <= sketch_totals(other).upper;
            sketch_add(other, 1, 1);
        }
        sketch_free(other);
        text[at] = kept;
    }
    tap_ok(sane, "a changed byte is refused or does no harm");
    free(text);
    sketch_free(sketch);
}

#if defined __GLIBC__ && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
static size_t memory_in_use(void)
{
    return mallinfo2().uordblks;
}
#else
static size_t memory_in_use(void)
{
    return 0;
}
#endif

/* The bytes a sketch of n samples takes, 0 where malloc cannot tell. */
static size_t memory_of(double (*sample)(size_t i, size_t n), size_t n)
{
    size_t before = memory_in_use();
    struct sketch *sketch = sketch_new();
    for (size_t i = 0; i < n; i++)
        sketch_add(sketch, sample(i, n), 1);
    size_t after = memory_in_use();
    sketch_free(sketch);
    return after - before;
}

static double anything(size_t i, size_t n)
{
    (void)i, (void)n;
    double x;
    do {
        uint64_t bits = random_word();
        memcpy(&x, &bits, sizeof x);
    } while (!isfinite(x));
    return x;
}

static void test_memory(void)
{
    if (memory_of(milliseconds, 1) == 0) {
        tap_ok(true, "memory is bounded # skip malloc does not tell");
        return;
    }
    size_t usual = memory_of(milliseconds, 1000000), signs = memory_of(alternating, 100000),
           most = memory_of(anything, 1000000);
    tap_ok(usual <= 4096, "a million log-normal milliseconds: %zu bytes", usual);
    tap_ok(signs <= 20480, "both signs over 9 powers of ten: %zu bytes", signs);
    tap_ok(most <= 40960, "a million random doubles: %zu bytes", most);
}

int main(void)
{
    test_memory();
    test_bound();
    test_limits();
    test_weights();
    test_ranks_outside();
    test_outside_the_range();
    test_deviation();
    test_estimates();
    test_text();
    test_merge();
    test_round_trip();
    test_refused();
    test_damage();
    return tap_done();
}
