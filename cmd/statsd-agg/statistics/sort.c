#include "statistics/sort.h"

#include <stdint.h>
#include <string.h>

/* Up to FEW keys are placed by counting; from MANY on, the passes of the radix sort pay. */
enum { FEW = 16, MANY = 2048, DIGIT_BITS = 8, DIGITS = 64 / DIGIT_BITS, BUCKETS = 1 << DIGIT_BITS, DEEPEST = 24 };

static const uint64_t sign = (uint64_t)1 << 63;

/* An integer in the order of the doubles: flips the sign bit, or all bits of a negative number. */
static uint64_t key_of(double value)
{
    uint64_t bits;
    value += 0.0; /* minus zero becomes zero */
    memcpy(&bits, &value, sizeof bits);
    return bits ^ (-(bits >> 63) | sign);
}

static double value_of(uint64_t key)
{
    double value;
    key ^= key & sign ? sign : ~(uint64_t)0;
    memcpy(&value, &key, sizeof value);
    return value;
}

/* One pass, by one digit of the key; returns 0, and moves nothing, when all values share it. */
static int pass(const double *from, double *to, size_t n, const size_t *counts, unsigned shift)
{
    size_t starts[BUCKETS], start = 0;
    for (size_t b = 0; b < BUCKETS; b++) {
        if (counts[b] == n)
            return 0;
        starts[b] = start;
        start += counts[b];
    }
    for (size_t i = 0; i < n; i++)
        to[starts[key_of(from[i]) >> shift & (BUCKETS - 1)]++] = from[i];
    return 1;
}

/* Radix sort from the lowest digit up, all digits counted in one pass (Knuth, vol. 3, 5.2.5,
 * algorithm R). Samples of one timer share most digits, whose passes are skipped. */
static void radix_sort(double *values, size_t n, double *scratch)
{
    size_t counts[DIGITS][BUCKETS] = { { 0 } };
    for (size_t i = 0; i < n; i++) {
        uint64_t key = key_of(values[i]);
        for (unsigned d = 0; d < DIGITS; d++)
            counts[d][key >> d * DIGIT_BITS & (BUCKETS - 1)]++;
    }
    double *from = values, *to = scratch;
    for (unsigned d = 0; d < DIGITS; d++)
        if (pass(from, to, n, counts[d], d * DIGIT_BITS)) {
            double *swap = from;
            from = to;
            to = swap;
        }
    if (from != values)
        memcpy(values, from, n * sizeof *values);
}

/* A key's place is the number of keys that go before it (Knuth, vol. 3, 5.2, algorithm C). */
static void place_few(uint64_t *keys, size_t n)
{
    uint64_t sorted[FEW];
    unsigned places[FEW] = { 0 };
    for (size_t i = 1; i < n; i++) {
        uint64_t key = keys[i];
        unsigned place = 0;
        for (size_t j = 0; j < i; j++) {
            unsigned is_after = keys[j] <= key;
            place += is_after;
            places[j] += !is_after;
        }
        places[i] = place;
    }
    for (size_t i = 0; i < n; i++)
        sorted[places[i]] = keys[i];
    memcpy(keys, sorted, n * sizeof *keys);
}

/* Moves the keys below the pivot to the front and returns their number. */
static size_t partition(uint64_t *keys, size_t n, uint64_t pivot)
{
    size_t below = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t key = keys[i];
        keys[i] = keys[below];
        keys[below] = key;
        below += key < pivot;
    }
    return below;
}

static uint64_t middle_of(uint64_t a, uint64_t b, uint64_t c)
{
    return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
}

/* Quicksort by the median of three (Hoare 1961; Singleton 1969), with Lomuto's partition (Bentley,
 * "Programming Pearls", column 11), which on integers has no branch to mispredict and takes a
 * third of the usual one's time. Returns 0 when the parts do not shrink as they should, as in an
 * input made to be slow; the radix sort handles that. */
static int quick_sort(uint64_t *keys, size_t n, unsigned depth)
{
    while (n > FEW) {
        if (!depth--)
            return 0;
        uint64_t pivot = middle_of(keys[0], keys[n / 2], keys[n - 1]);
        size_t below = partition(keys, n, pivot);
        if (!below) /* the pivot is the least: separate all keys equal to it */
            below = partition(keys, n, pivot + 1);
        else if (!quick_sort(keys, below, depth))
            return 0;
        keys += below;
        n -= below;
    }
    place_few(keys, n);
    return 1;
}

void sort_doubles(double *values, size_t n, void *scratch)
{
    if (n < 2)
        return;
    if (n < MANY) {
        uint64_t *keys = scratch;
        for (size_t i = 0; i < n; i++)
            keys[i] = key_of(values[i]);
        if (quick_sort(keys, n, DEEPEST)) {
            for (size_t i = 0; i < n; i++)
                values[i] = value_of(keys[i]);
            return;
        }
    }
    radix_sort(values, n, scratch);
}
