#include "samples/samples.h"

#include <stddef.h>
#include <string.h>

struct run {
    double *before; /* the first sample of the run or array before it */
    double samples[];
};

/* The number of the first sample in the run that holds sample number i; the array's is 0. */
static uint32_t run_begin(uint32_t i)
{
    if (i < SAMPLES_ARRAY)
        return 0;
    return i < SAMPLES_RUN ? SAMPLES_ARRAY : i & ~(uint32_t)(SAMPLES_RUN - 1);
}

/* How many samples a run has room for. */
static uint32_t run_room(uint32_t begin)
{
    return begin < SAMPLES_RUN ? SAMPLES_RUN - SAMPLES_ARRAY : SAMPLES_RUN;
}

static size_t run_size(uint32_t begin, unsigned width)
{
    return sizeof(struct run) + run_room(begin) * width * sizeof(double);
}

static size_t array_size(uint32_t room, unsigned width)
{
    return room * width * sizeof(double);
}

/* How many samples an array that holds `count` has room for: the next power of two. */
static uint32_t array_room(uint32_t count)
{
    return count <= SAMPLES_FIRST ? SAMPLES_FIRST : 1u << (32 - __builtin_clz(count - 1));
}

static struct run *run_of(const double *first)
{
    return (struct run *)((uintptr_t)first - offsetof(struct run, samples));
}

/* The first sample of the newest run, or of the array; sets *begin to its number. */
static double *newest_run(const double *next, uint32_t count, unsigned width, uint32_t *begin)
{
    *begin = run_begin(count - 1);
    return (double *)(uintptr_t)next - (size_t)(count - *begin) * width;
}

static double *grow_array(double *next, uint32_t count, unsigned width, struct pool *pool)
{
    double *grown = pool_get(pool, array_size(count ? 2 * count : SAMPLES_FIRST, width));
    if (count) {
        double *array = next - (size_t)count * width;
        memcpy(grown, array, array_size(count, width));
        pool_put(pool, array, array_size(count, width));
    }
    return grown + (size_t)count * width;
}

double *samples_make_room(double *next, uint32_t count, unsigned width, struct pool *pool)
{
    uint32_t begin;
    if (count < SAMPLES_ARRAY)
        return grow_array(next, count, width, pool);
    struct run *run = pool_get(pool, run_size(count, width));
    run->before = newest_run(next, count, width, &begin);
    return run->samples;
}

void samples_copy(const double *next, uint32_t count, unsigned width, double *to)
{
    uint32_t begin, end = count;
    const double *first = newest_run(next, count, width, &begin);
    for (;;) {
        memcpy(to + (size_t)begin * width, first, (size_t)(end - begin) * width * sizeof *to);
        if (!begin)
            return;
        first = run_of(first)->before;
        end = begin;
        begin = run_begin(end - 1);
    }
}

void samples_free(double *next, uint32_t count, unsigned width, struct pool *pool)
{
    uint32_t begin;
    double *first = newest_run(next, count, width, &begin);
    while (begin) {
        double *before = run_of(first)->before;
        pool_put(pool, run_of(first), run_size(begin, width));
        first = before;
        count = begin;
        begin = run_begin(begin - 1);
    }
    pool_put(pool, first, array_size(array_room(count), width));
}

void samples_fetch(const double *next, uint32_t count, unsigned width, unsigned hops)
{
    uint32_t begin;
    const double *first = newest_run(next, count, width, &begin);
    for (; hops; hops--, begin = run_begin(begin - 1)) {
        if (!begin)
            return;
        first = run_of(first)->before;
    }
    __builtin_prefetch(begin ? run_of(first) : (const void *)first);
}
