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

int main(void)
{
    test_cases();
    test_refused();
    test_random();
    return tap_done();
}
