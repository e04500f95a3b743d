/* digits: eight decimal digits at a time, in one 64-bit word.
 *
 * A byte is a digit when its high half is 3 and adding 6 does not carry into it; the digits are then joined to pairs, fours
 * and the eight by three multiplications. Read as little-endian on every machine. */
#ifndef DIGITS_H
#define DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "word.h"

#define DIGITS_ZEROS UINT64_C(0x3030303030303030)

/* Nonsense in *value, and false, when a byte of word is no digit. */
static inline bool digits_join(uint64_t word, uint64_t *value)
{
    const uint64_t high_halves = 0xF0F0F0F0F0F0F0F0u, sixes = 0x0606060606060606u;
    bool good = !(((word ^ DIGITS_ZEROS) | ((word + sixes) ^ DIGITS_ZEROS)) & high_halves);
    word -= DIGITS_ZEROS;
    word = word * 10 + (word >> 8); /* pairs in every other byte */
    const uint64_t pairs = 0x000000FF000000FFu;
    uint64_t high = (word & pairs) * (100 + ((uint64_t)1000000 << 32));
    uint64_t low = ((word >> 16) & pairs) * (1 + ((uint64_t)10000 << 32));
    *value = (high + low) >> 32;
    return good;
}

/* Reads the eight bytes at p as a decimal number; false when one of them is no digit. */
static inline bool digits_eight(const char *p, uint64_t *value)
{
    return digits_join(word_load(p), value);
}

/* 0x80 in the first byte of word that is a point. */
static inline uint64_t digits_point(uint64_t word)
{
    uint64_t differences = word ^ UINT64_C(0x2E2E2E2E2E2E2E2E);
    uint64_t points = (differences - UINT64_C(0x0101010101010101)) & ~differences & UINT64_C(0x8080808080808080);
    return points & -points;
}

/* Reads the 1 to 8 bytes in front of end as digits, of which one may be a point instead, whatever stands before them; eight
 * bytes in front of end must be readable. False when they are not that. How long numbers are is random in a stream, so no
 * branch depends on it. A point's place is closed by moving up what stands in front of it, and the decimals are divided off,
 * which rounds once, as both doubles are exact. */
static inline bool digits_decimal(const char *end, size_t length, double *value)
{
    static const double tens[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7 };
    unsigned unused = 8 * (8 - (unsigned)length);
    uint64_t word = (word_load(end - 8) >> unused << unused) | (DIGITS_ZEROS & (((uint64_t)1 << unused) - 1));
    uint64_t whole, point = digits_point(word);
    if (!point) {
        bool good = digits_join(word, &whole);
        *value = (double)whole;
        return good;
    }
    uint64_t front = (point >> 7) - 1, behind = ~(front | front << 8 | 0xff);
    bool good = digits_join((word & behind) | (word & front) << 8 | '0', &whole);
    *value = (double)whole / tens[7 - (unsigned)__builtin_ctzll(point) / 8];
    return good && length > 1;
}

#endif
