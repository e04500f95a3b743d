#include "samples/gauge_samples.h"

#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"

struct gauge_samples {
    uint32_t count, capacity;
    bool sorted;
    uint64_t refused; /* deltas whose sum with their neighbour was not finite */
    struct gauge_sample {
        int64_t time;
        double value;
        uint32_t order;
        bool is_delta;
    } samples[];
};

static struct gauge_samples *with_room(struct gauge_samples *g)
{
    if (g && g->count < g->capacity)
        return g;
    uint32_t capacity = g ? g->capacity * 2 : 1;
    if (capacity > GAUGE_SAMPLES_MOST)
        capacity = GAUGE_SAMPLES_MOST;
    struct gauge_samples *grown = xreallocarray(g, 1, sizeof *g + capacity * sizeof *g->samples);
    if (!g)
        *grown = (struct gauge_samples){ .sorted = true };
    grown->capacity = capacity;
    return grown;
}

static int by_time(const void *left, const void *right)
{
    const struct gauge_sample *a = left, *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static void sort(struct gauge_samples *g)
{
    if (!g->sorted)
        qsort(g->samples, g->count, sizeof *g->samples, by_time);
    g->sorted = true;
}

/* The number of the newest set, before which nothing matters; 0 if there is none. */
static uint32_t newest_set(const struct gauge_samples *g)
{
    uint32_t i = g->count - 1;
    while (i && g->samples[i].is_delta)
        i--;
    return i;
}

/* Adds the next sample to `into` if both are deltas. */
static bool fold_pair(struct gauge_samples *g, struct gauge_sample *into, const struct gauge_sample *next)
{
    if (!into->is_delta || !next->is_delta)
        return false;
    double sum = into->value + next->value;
    if (isfinite(sum))
        into->value = sum;
    else
        g->refused++;
    into->time = next->time;
    return true;
}

/* Halves the older half: each fold makes room for many samples, so a sample costs little. */
static void fold(struct gauge_samples *g)
{
    sort(g);
    uint32_t from = newest_set(g), kept = 0, half = from + (g->count - from) / 2;
    for (uint32_t i = from; i < g->count; i++) {
        struct gauge_sample *next = &g->samples[kept];
        *next = g->samples[i];
        if (i + 1 < half && fold_pair(g, next, &g->samples[i + 1]))
            i++;
        next->order = kept++;
    }
    g->count = kept;
}

struct gauge_samples *gauge_samples_add(struct gauge_samples *g, int64_t time, double value, bool is_delta)
{
    /* A set makes all earlier samples irrelevant: most gauges never hold more than one. */
    if (g && g->sorted && !is_delta && time >= g->samples[g->count - 1].time)
        g->count = 0;
    else if (g && !g->samples[0].is_delta && g->sorted && time < g->samples[0].time)
        return g;
    if (g && g->count == GAUGE_SAMPLES_MOST)
        fold(g);
    g = with_room(g);
    if (g->count && time < g->samples[g->count - 1].time)
        g->sorted = false;
    g->samples[g->count] = (struct gauge_sample){ time, value, g->count, is_delta };
    g->count++;
    return g;
}

double gauge_samples_apply(struct gauge_samples *g, double before, uint64_t *refused)
{
    double value = before;
    sort(g);
    *refused += g->refused;
    for (uint32_t i = 0; i < g->count; i++) {
        double after = g->samples[i].is_delta ? value + g->samples[i].value : g->samples[i].value;
        if (isfinite(after))
            value = after;
        else
            ++*refused;
    }
    return value;
}

void gauge_samples_each(const struct gauge_samples *g,
                        void (*take)(int64_t time, double value, bool is_delta, void *context), void *context)
{
    for (uint32_t i = 0; i < g->count; i++)
        take(g->samples[i].time, g->samples[i].value, g->samples[i].is_delta, context);
}

void gauge_samples_free(struct gauge_samples *g)
{
    free(g);
}
