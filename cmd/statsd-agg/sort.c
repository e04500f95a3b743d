#include "sort.h"

#include <stdint.h>
#include <string.h>

/* Up to SMALL insertion sort wins, from LARGE on the passes of the radix sort pay. */
enum { SMALL = 24, LARGE = 2048, DIGIT_BITS = 8, DIGITS = 64 / DIGIT_BITS, BUCKETS = 1 << DIGIT_BITS };

static void insertion_sort(double *values, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double value = values[i];
        size_t j = i;
        for (; j && values[j - 1] > value; j--)
            values[j] = values[j - 1];
        values[j] = value;
    }
}

/* A number that rises with the double: the sign bit flipped for what is positive, all bits for what is negative. */
static uint64_t key_of(double value)
{
    uint64_t bits;
    value += 0.0; /* minus zero becomes zero */
    memcpy(&bits, &value, sizeof bits);
    return bits ^ (-(bits >> 63) | (uint64_t)1 << 63);
}

/* One pass by one digit of the key; false when all values share it and nothing had to move. */
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

/* Radix sort from the lowest digit up, all digits counted in one pass (Knuth, vol. 3, 5.2.5, algorithm R). Samples of one
 * timer share most of their digits, and a pass over a shared digit is skipped. */
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

/* Quicksort by the middle of three (Hoare 1961; Singleton 1969) down to stretches for insertion_sort. False when the
 * stretches do not shrink as they should: an order made to be slow, which the radix sort does not mind. */
static int quick_sort(double *values, size_t n, unsigned depth)
{
    while (n > SMALL) {
        if (!depth--)
            return 0;
        double a = values[0], b = values[n / 2], c = values[n - 1];
        double pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        size_t i = 0, j = n - 1;
        for (;;) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i >= j)
                break;
            double swap = values[i];
            values[i++] = values[j];
            values[j--] = swap;
        }
        size_t left = j + 1;
        if (!quick_sort(values + left, n - left, depth))
            return 0;
        n = left;
    }
    insertion_sort(values, n);
    return 1;
}

void sort_doubles(double *values, size_t n, double *scratch)
{
    if (n >= LARGE || !quick_sort(values, n, 2 * 12))
        radix_sort(values, n, scratch);
}
