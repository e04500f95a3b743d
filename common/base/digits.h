/* digits: eight decimal digits at a time, in one 64-bit word.
 *
 * A byte xored with `0` is a digit's value if the result is at most 9. Three multiplications join
 * the digits to pairs, to fours and to the number. Words are read as little-endian on every
 * machine. */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

#define DIGITS_ZEROS UINT64_C(0x3030303030303030)

/* Returns the number made by the values of eight digits, one per byte, the first in the lowest
 * byte. */
static inline uint64_t digits_join(uint64_t values)
{
    const uint64_t pairs = 0x000000FF000000FFu;
    values = values * 10 + (values >> 8); /* the pairs are in every other byte */
    uint64_t high = (values & pairs) * (100 + ((uint64_t)1000000 << 32));
    uint64_t low = ((values >> 16) & pairs) * (1 + ((uint64_t)10000 << 32));
    return (high + low) >> 32;
}

/* True if no byte is above 9. */
static inline bool digits_are_good(uint64_t values)
{
    return !(((values + UINT64_C(0x7676767676767676)) | values) & UINT64_C(0x8080808080808080));
}

/* Reads the eight bytes at p as a decimal number. Returns false if one of them is not a digit;
 * *value is then meaningless. */
static inline bool digits_eight(const char *p, uint64_t *value)
{
    uint64_t values = word_load(p) ^ DIGITS_ZEROS;
    *value = digits_join(values);
    return digits_are_good(values);
}

/* Like digits_decimal, for a word in which one byte may be a point. The bytes before the point are
 * moved up to close its gap, and the result is divided by the power of ten for the decimals. That
 * rounds once, as both doubles are exact. */
static inline bool digits_with_point(uint64_t values, double *value)
{
    static const double tens[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7 };
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t differences = values ^ ('.' ^ '0') * ones;
    uint64_t points = (differences - ones) & ~differences & ones << 7;
    uint64_t point = points & -points,
             front = (point >> 7) - 1; /* 0x80 in the first point's byte; the bytes before it */
    values = (values & ~(front | front << 8 | 0xff)) | (values & front) << 8;
    if (!point || !digits_are_good(values))
        return false;
    *value = (double)digits_join(values) / tens[7 - (unsigned)__builtin_ctzll(point) / 8];
    return true;
}

/* Reads the length (1 to 8) bytes before end as digits, one of which may be a decimal point. What
 * comes before them is ignored, but the eight bytes before end must be readable. Returns false if
 * the bytes are not such a number. The length of numbers in a stream is random, so no branch
 * depends on it. */
static inline bool digits_decimal(const char *end, size_t length, double *value)
{
    uint64_t values = (word_load(end - 8) ^ DIGITS_ZEROS) & ~(uint64_t)0 << (8 * (8 - length));
    if (!digits_are_good(values))
        return length > 1 && digits_with_point(values, value);
    *value = (double)digits_join(values);
    return true;
}

#endif
