/* digits: eight decimal digits at a time, in one 64-bit word.
 *
 * What is left of a byte without the bits of `0` is a digit's value when it is at most 9; the digits are joined to pairs, fours
 * and the eight by three multiplications. Read as little-endian on every machine. */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

#define DIGITS_ZEROS UINT64_C(0x3030303030303030)

/* Eight digits' values, a byte each, the first in the lowest: the number they make. */
static inline uint64_t digits_join(uint64_t values)
{
    const uint64_t pairs = 0x000000FF000000FFu;
    values = values * 10 + (values >> 8); /* in every other byte */
    uint64_t high = (values & pairs) * (100 + ((uint64_t)1000000 << 32));
    uint64_t low = ((values >> 16) & pairs) * (1 + ((uint64_t)10000 << 32));
    return (high + low) >> 32;
}

/* True when no byte is above 9. */
static inline bool digits_are_good(uint64_t values)
{
    return !(((values + UINT64_C(0x7676767676767676)) | values) & UINT64_C(0x8080808080808080));
}

/* Reads the eight bytes at p as a decimal number; false when one of them is no digit. */
static inline bool digits_eight(const char *p, uint64_t *value)
{
    uint64_t values = word_load(p) ^ DIGITS_ZEROS;
    *value = digits_join(values);
    return digits_are_good(values);
}

/* The same of a word of digits of which one may be a point: its place is closed by moving up what stands in front of it, and
 * the decimals are divided off, which rounds once, as both doubles are exact. */
static inline bool digits_with_point(uint64_t values, double *value)
{
    static const double tens[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7 };
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t differences = values ^ ('.' ^ '0') * ones;
    uint64_t points = (differences - ones) & ~differences & ones << 7;
    uint64_t point = points & -points,
             front = (point >> 7) - 1; /* 0x80 in the first point's byte; the bytes in front of it */
    values = (values & ~(front | front << 8 | 0xff)) | (values & front) << 8;
    if (!point || !digits_are_good(values))
        return false;
    *value = (double)digits_join(values) / tens[7 - (unsigned)__builtin_ctzll(point) / 8];
    return true;
}

/* Reads the 1 to 8 bytes in front of end as digits, of which one may be a point instead, whatever stands before them; eight
 * bytes in front of end must be readable. False when they are not that. How long numbers are is random in a stream, so no
 * branch depends on it. */
static inline bool digits_decimal(const char *end, size_t length, double *value)
{
    uint64_t values = (word_load(end - 8) ^ DIGITS_ZEROS) & ~(uint64_t)0 << (8 * (8 - length));
    if (!digits_are_good(values))
        return length > 1 && digits_with_point(values, value);
    *value = (double)digits_join(values);
    return true;
}

#endif
