#include "samples/buckets.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* A sample's bucket is found by comparing integers, not by a logarithm, whose last digit differs
 * between libraries: the binary exponent gives the octave, 2^e <= x < 2^(e+1), and a table of
 * limits the part of the octave.
 *
 * Why 1 % holds: let a bucket hold L <= x < U. Its value v = 2LU/(L+U) is too large by at most the
 * factor v/L and too small by at most v/U. Either way the relative error is (U-L)/(U+L), which is
 * at most 1 % if U/L <= 101/99 = 1.02020. The limits are 2^(k/35), rounded to multiples of 2^-16
 * so that the leading 16 bits of the fraction decide. The widest ratio of neighbours is
 * 66847/65536 = 1.02001, an error of 0.9906 %. The remaining 0.009 % is far more than the rounding
 * of v. The octaves from 2^-30 < 1e-9 to 2^39, which ends at 2^40 > 1e12, have 2450 buckets. */
enum {
    PARTS = 35,
    FIRST_OCTAVE = -30,
    LAST_OCTAVE = 39,
    FRACTION_BITS = 16,
    SLICE_BITS = 6,
};
_Static_assert(BUCKETS == PARTS * (LAST_OCTAVE - FIRST_OCTAVE + 1), "whole octaves");

/* 2^(k/35), in units of 2^-16. */
static const uint32_t part_limits[PARTS + 1] = {
    65536,  66847,  68184,  69548,  70939,  72358,  73805,  75281,  76787,  78323,  79889,  81487,
    83117,  84780,  86475,  88205,  89969,  91769,  93604,  95476,  97386,  99334,  101321, 103347,
    105415, 107523, 109674, 111867, 114105, 116387, 118715, 121090, 123511, 125982, 128502, 131072,
};

/* The part at the start of each 64th of an octave. A 64th is narrower than a part, so it extends
 * into the next part at most. */
static const unsigned char part_of_slice[1 << SLICE_BITS] = {
    0,  0,  1,  2,  3,  3,  4,  5,  5,  6,  7,  8,  8,  9,  9,  10, 11, 11, 12, 13, 13, 14,
    14, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21, 22, 22, 23, 23, 24, 24, 24, 25, 25,
    26, 26, 27, 27, 28, 28, 29, 29, 30, 30, 30, 31, 31, 32, 32, 32, 33, 33, 34, 34,
};

unsigned bucket_of(double magnitude)
{
    uint64_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    int octave = (int)(bits >> 52) - 1023;
    if (octave < FIRST_OCTAVE)
        return 0;
    if (octave > LAST_OCTAVE)
        return BUCKETS - 1;
    uint32_t fraction = (uint32_t)(bits >> (52 - FRACTION_BITS)) & ((1U << FRACTION_BITS) - 1);
    unsigned part = part_of_slice[fraction >> (FRACTION_BITS - SLICE_BITS)];
    part += fraction + (1U << FRACTION_BITS) >= part_limits[part + 1];
    return (unsigned)(octave - FIRST_OCTAVE) * PARTS + part;
}

/* Extends the array by whole octaves until it includes the bucket. */
static void make_room(struct buckets *buckets, unsigned bucket)
{
    unsigned first = bucket / PARTS * PARTS, end = first + PARTS;
    if (buckets->count > 0) {
        first = first < buckets->first ? first : buckets->first;
        end = end > buckets->first + buckets->count ? end : buckets->first + buckets->count;
    }
    double *weights = xcalloc(end - first, sizeof *weights);
    if (buckets->count > 0)
        memcpy(weights + (buckets->first - first), buckets->weights, buckets->count * sizeof *weights);
    free(buckets->weights);
    buckets->weights = weights;
    buckets->first = first;
    buckets->count = end - first;
}

void bucket_add(struct buckets *buckets, unsigned bucket, double weight)
{
    if (bucket - buckets->first >= buckets->count)
        make_room(buckets, bucket);
    buckets->weights[bucket - buckets->first] += weight;
}

void buckets_add(struct buckets *buckets, double magnitude, double weight)
{
    if (magnitude < buckets->least || buckets->least == 0)
        buckets->least = magnitude;
    if (magnitude > buckets->greatest)
        buckets->greatest = magnitude;
    bucket_add(buckets, bucket_of(magnitude), weight);
}

void buckets_merge(struct buckets *buckets, const struct buckets *other)
{
    if (!other->count)
        return;
    if (buckets->least == 0 || other->least < buckets->least)
        buckets->least = other->least;
    buckets->greatest = fmax(buckets->greatest, other->greatest);
    for (unsigned i = 0; i < other->count; i++)
        if (other->weights[i] > 0)
            bucket_add(buckets, other->first + i, other->weights[i]);
}

double bucket_weight(const struct buckets *buckets, unsigned bucket)
{
    unsigned at = bucket - buckets->first;
    return at < buckets->count ? buckets->weights[at] : 0;
}

double bucket_value(const struct buckets *buckets, unsigned bucket)
{
    const uint32_t *limits = part_limits + bucket % PARTS;
    double low = limits[0], high = limits[1];
    double value = ldexp(2 * low * high / (low + high), (int)(bucket / PARTS) + FIRST_OCTAVE - FRACTION_BITS);
    return fmin(fmax(value, buckets->least), buckets->greatest);
}

bool buckets_are_sound(const struct buckets *buckets)
{
    if (buckets->count == 0)
        return buckets->least == 0 && buckets->greatest == 0;
    if (!(buckets->least > 0 && buckets->least <= buckets->greatest && buckets->greatest < INFINITY))
        return false;
    unsigned lowest = 0, highest = buckets->count - 1;
    while (buckets->weights[lowest] == 0)
        lowest++;
    while (buckets->weights[highest] == 0)
        highest--;
    return bucket_of(buckets->least) == buckets->first + lowest &&
           bucket_of(buckets->greatest) == buckets->first + highest;
}
