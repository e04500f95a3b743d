/* statsd-agg's gauges by time: samples take effect in the order of their time, ties in that of
 * arrival. */
#include "samples/gauge_samples.h"

#include <math.h>
#include <stdlib.h>

#include "tap.h"

struct sample {
    int64_t time;
    double value;
    bool is_delta;
};

/* Adds them, and gives the gauge's value after all. */
static double value_after(const struct sample *samples, size_t count, double before, uint64_t *refused)
{
    struct gauge_samples *g = NULL;
    for (size_t i = 0; i < count; i++)
        g = gauge_samples_add(g, samples[i].time, samples[i].value, samples[i].is_delta);
    double value = gauge_samples_apply(g, before, refused);
    gauge_samples_free(g);
    return value;
}

static void test_cases(void)
{
    static const struct {
        const char *what;
        struct sample samples[6];
        size_t count;
        double value;
    } cases[] = {
        { "a set", { { 5, 7, false } }, 1, 7 },
        { "a delta on what was before", { { 5, 7, true } }, 1, 107 },
        { "the later set wins", { { 5, 7, false }, { 4, 8, false } }, 2, 7 },
        { "of equal times the one that came last", { { 5, 7, false }, { 5, 8, false } }, 2, 8 },
        { "a delta before a set counts nothing", { { 5, 7, false }, { 4, 8, true } }, 2, 7 },
        { "a delta at a set's time, after it", { { 5, 7, false }, { 5, 8, true } }, 2, 15 },
        { "a delta at a set's time, before it", { { 5, 8, true }, { 5, 7, false } }, 2, 7 },
        { "a set between deltas", { { 3, 1, true }, { 9, 2, true }, { 5, 50, false } }, 3, 52 },
        { "an early set under deltas", { { 3, 1, true }, { 9, 2, true }, { 1, 50, false } }, 3, 53 },
        { "all in the opposite order", { { 9, 1, true }, { 8, 2, false }, { 7, 3, true }, { 6, 4, false } }, 4, 3 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t refused = 0;
        double value = value_after(cases[i].samples, cases[i].count, 100, &refused);
        if (!tap_ok(value == cases[i].value && !refused, "%s", cases[i].what))
            tap_note("is %g", value);
    }
}

static void test_refused(void)
{
    static const struct sample samples[] = { { 1, 1e308, false }, { 2, 1e308, true }, { 3, -5e307, true } };
    uint64_t refused = 0;
    double value = value_after(samples, 3, 0, &refused);
    tap_ok(value == 5e307 && refused == 1, "what would not be finite is left out and counted");
}

/* Plainly: sorted by time and place, one after the other. */
static double plainly(const struct sample *samples, size_t count, double before)
{
    double value = before;
    for (int64_t time = 0; time < 8; time++)
        for (size_t i = 0; i < count; i++)
            if (samples[i].time == time)
                value = samples[i].is_delta ? value + samples[i].value : samples[i].value;
    return value;
}

static void test_random(void)
{
    int wrong = 0;
    srand(1);
    for (int round = 0; round < 100000; round++) {
        struct sample samples[12];
        size_t count = 1 + (size_t)rand() % 12;
        for (size_t i = 0; i < count; i++)
            samples[i] = (struct sample){ rand() % 8, rand() % 100, rand() % 2 };
        uint64_t refused = 0;
        wrong += value_after(samples, count, 7, &refused) != plainly(samples, count, 7) || refused;
    }
    tap_ok(wrong == 0, "100,000 random orders of sets and deltas (%d are wrong)", wrong);
}

static void count_one(int64_t time, double value, bool is_delta, void *context)
{
    (void)time, (void)value, (void)is_delta;
    ++*(size_t *)context;
}

/* Adds `count` samples: deltas of `value` at rising times, and returns how many are kept. */
static struct gauge_samples *add_deltas(struct gauge_samples *g, size_t count, double value, size_t *kept)
{
    for (size_t i = 0; i < count; i++)
        g = gauge_samples_add(g, (int64_t)i, value, true);
    *kept = 0;
    gauge_samples_each(g, count_one, kept);
    return g;
}

/* The gauge's value, and frees the samples. */
static double apply(struct gauge_samples *g, double before, uint64_t *refused)
{
    *refused = 0;
    double value = gauge_samples_apply(g, before, refused);
    gauge_samples_free(g);
    return value;
}

static void test_bound(void)
{
    size_t kept;
    uint64_t refused;
    double one_by_one = 0;
    for (int i = 0; i < GAUGE_SAMPLES_MOST; i++)
        one_by_one += 0.1;
    struct gauge_samples *g = add_deltas(NULL, GAUGE_SAMPLES_MOST, 0.1, &kept);
    tap_ok(kept == GAUGE_SAMPLES_MOST, "up to the bound all deltas are kept");
    tap_ok(apply(g, 0, &refused) == one_by_one, "and added one by one, to the last digit");
    g = add_deltas(NULL, 1000000, 1, &kept);
    tap_ok(kept <= GAUGE_SAMPLES_MOST, "a million deltas: no more are kept");
    tap_ok(apply(g, 5, &refused) == 1000005 && !refused, "and the sum of whole numbers is exact");
    g = add_deltas(gauge_samples_add(NULL, -1, 100, false), 30000, 1, &kept);
    tap_ok(apply(g, 5, &refused) == 30100, "a set before them stays");
    g = gauge_samples_add(add_deltas(NULL, 30000, 1, &kept), 29000, 100, false);
    tap_ok(apply(g, 5, &refused) == 1099, "a set among the newer ones undoes those before it, as without a bound");
    g = gauge_samples_add(add_deltas(NULL, 30000, 1, &kept), -1, 100, false);
    tap_ok(apply(g, 5, &refused) == 30100, "and one that comes last, but before all of them, undoes none");
    g = add_deltas(NULL, 30000, 1e308, &kept);
    tap_ok(apply(g, 5, &refused) == 1e308 + 5 && refused, "what would overflow is refused and counted");
}

/* Backwards, all sets: only the newest matters. */
static void test_bound_of_sets(void)
{
    uint64_t refused;
    size_t kept = 0;
    struct gauge_samples *g = gauge_samples_add(NULL, 1000000, 7, true);
    for (int64_t i = 0; i < 30000; i++)
        g = gauge_samples_add(g, 900000 - i % 5000, (double)i, false);
    gauge_samples_each(g, count_one, &kept);
    tap_ok(kept <= GAUGE_SAMPLES_MOST, "sets out of order are bounded too");
    tap_ok(apply(g, 0, &refused) == 25007, "and the newest one counts");
}

int main(void)
{
    test_cases();
    test_refused();
    test_random();
    test_bound();
    test_bound_of_sets();
    return tap_done();
}
