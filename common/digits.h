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

static inline bool digits_join(uint64_t word, uint64_t *value)
{
    const uint64_t high_halves = 0xF0F0F0F0F0F0F0F0u, sixes = 0x0606060606060606u, zeros = 0x3030303030303030u;
    if ((word & high_halves) != zeros || ((word + sixes) & high_halves) != zeros)
        return false;
    word -= zeros;
    word = word * 10 + (word >> 8); /* pairs in every other byte */
    const uint64_t pairs = 0x000000FF000000FFu;
    uint64_t high = (word & pairs) * (100 + ((uint64_t)1000000 << 32));
    uint64_t low = ((word >> 16) & pairs) * (1 + ((uint64_t)10000 << 32));
    *value = (high + low) >> 32;
    return true;
}

/* Reads the eight bytes at p as a decimal number; false when one of them is no digit. */
static inline bool digits_eight(const char *p, uint64_t *value)
{
    return digits_join(word_load(p), value);
}

/* The same for the 1 to 8 bytes in front of end, whatever stands before them; eight bytes in front of end must be readable.
 * No branch depends on how many there are. */
static inline bool digits_ending(const char *end, size_t length, uint64_t *value)
{
    uint64_t wanted = ~(uint64_t)0 << (8 * (8 - length));
    return digits_join((word_load(end - 8) & wanted) | (0x3030303030303030u & ~wanted), value);
}

#endif
