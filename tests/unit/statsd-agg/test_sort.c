/* statsd-agg's sort: finite doubles in rising order, few and many. */
#include "statistics/sort.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

enum { MOST = 5000 };

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double any_double(void)
{
    double value;
    do {
        uint64_t bits = 0;
        for (int i = 0; i < 5; i++)
            bits = bits << 15 ^ (uint64_t)rand();
        memcpy(&value, &bits, sizeof value);
    } while (!isfinite(value));
    return value;
}

static double few_values(void)
{
    static const double values[] = { 0, -0.0, 1, -1, 0.1, DBL_MAX, -DBL_MAX, DBL_TRUE_MIN, -DBL_TRUE_MIN, 320 };
    return values[(size_t)rand() % (sizeof values / sizeof *values)];
}

static double milliseconds(void)
{
    return rand() % 10000 / 8.0;
}

static double all_equal(void)
{
    return 42;
}

static double falling(void)
{
    static double next = 1e9;
    return next -= 0.5;
}

static void test_kind(const char *what, double (*make)(void))
{
    static double values[MOST], expected[MOST];
    void *scratch = malloc(sizeof values);
    int wrong = 0;
    for (size_t n = 0; n <= MOST; n = n < 300 ? n + 1 : n * 2 - 7) {
        for (size_t i = 0; i < n; i++)
            expected[i] = values[i] = make();
        qsort(expected, n, sizeof *expected, compare);
        sort_doubles(values, n, scratch);
        for (size_t i = 0; i < n; i++)
            wrong += values[i] != expected[i];
    }
    free(scratch);
    tap_ok(wrong == 0, "%s, of every size (%d out of place)", what, wrong);
}

int main(void)
{
    srand(3);
    test_kind("any doubles", any_double);
    test_kind("a few values, zeros of both signs among them", few_values);
    test_kind("milliseconds", milliseconds);
    test_kind("all equal", all_equal);
    test_kind("falling", falling);
    return tap_done();
}
