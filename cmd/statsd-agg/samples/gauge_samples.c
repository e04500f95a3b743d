#include "samples/gauge_samples.h"

#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"

struct gauge_samples {
    uint32_t count, capacity;
    bool sorted;
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
    struct gauge_samples *grown = xreallocarray(g, 1, sizeof *g + capacity * sizeof *g->samples);
    if (!g)
        *grown = (struct gauge_samples){ .sorted = true };
    grown->capacity = capacity;
    return grown;
}

struct gauge_samples *gauge_samples_add(struct gauge_samples *g, int64_t time, double value, bool is_delta)
{
    /* A set makes all earlier samples irrelevant: most gauges never hold more than one. */
    if (g && g->sorted && !is_delta && time >= g->samples[g->count - 1].time)
        g->count = 0;
    else if (g && !g->samples[0].is_delta && g->sorted && time < g->samples[0].time)
        return g;
    g = with_room(g);
    if (g->count && time < g->samples[g->count - 1].time)
        g->sorted = false;
    g->samples[g->count] = (struct gauge_sample){ time, value, g->count, is_delta };
    g->count++;
    return g;
}

static int by_time(const void *left, const void *right)
{
    const struct gauge_sample *a = left, *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

double gauge_samples_apply(struct gauge_samples *g, double before, uint64_t *refused)
{
    if (!g->sorted)
        qsort(g->samples, g->count, sizeof *g->samples, by_time);
    double value = before;
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
