/* wire_marks: finds the bytes that a name cannot have, which separate the parts of a line. For
 * wire/batch and wire/tagged alone.
 *
 * Bytes are first classified 64 at a time, as bits (base/simd.h). Then the set bits are numbered
 * without a branch that depends on where they are, so the processor can start on the text between
 * them before it knows their places (Langdale and Lemire, "Parsing gigabytes of JSON per second",
 * 2019). */
#ifndef WIRE_MARKS_H
#define WIRE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/simd.h"

enum { MARKS_STRETCH = 64 };

/* A bit for each of the 16 bytes at p without SAFE_NAME (safe.h), the lowest for the first. */
static inline uint32_t marks_bits_of_block(const char *p)
{
    simd_block block = simd_load(p);
    simd_block letters = simd_in_range(simd_or(block, simd_fill(0x20)), 'a', 'z');
    simd_block digits = simd_without(simd_in_range(block, '-', '9'), simd_equal(block, '/')); /* and - and . */
    simd_block others = simd_or(simd_equal(block, '_'), simd_equal(block, '='));
    return simd_bits(simd_or(simd_or(letters, digits), others)) ^ 0xffff;
}

/* The same for the 64 bytes at p. */
static inline uint64_t marks_bits(const char *p)
{
    uint32_t low = marks_bits_of_block(p) | marks_bits_of_block(p + SIMD_BLOCK) << SIMD_BLOCK;
    uint32_t high = marks_bits_of_block(p + 2 * SIMD_BLOCK) | marks_bits_of_block(p + 3 * SIMD_BLOCK) << SIMD_BLOCK;
    return low | (uint64_t)high << 32;
}

static inline unsigned marks_count(uint64_t bits)
{
    bits -= (bits >> 1) & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + ((bits >> 2) & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (unsigned)(bits * UINT64_C(0x0101010101010101) >> 56);
}

static inline uint32_t marks_lowest(uint64_t bits)
{
    return (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
}

/* Writes the number of each bit, plus offset, to `to`, which has room for 64, and returns the
 * end. */
static inline uint32_t *marks_write(uint32_t *to, uint64_t bits, uint32_t offset)
{
    unsigned count = marks_count(bits);
    for (unsigned i = 0; i < 8; i++, bits &= bits - 1)
        to[i] = offset + marks_lowest(bits);
    if (count > 8)
        for (unsigned i = 8; i < 16; i++, bits &= bits - 1)
            to[i] = offset + marks_lowest(bits);
    for (unsigned i = 16; i < count; i++, bits &= bits - 1)
        to[i] = offset + marks_lowest(bits);
    return to + count;
}

/* Whether text is `digits [. digits]` of at most SIMD_BLOCK bytes. That many must be readable. */
static inline bool marks_is_number(const char *text, size_t length)
{
    uint32_t all = (UINT32_C(1) << (length & 31)) - 1;
    simd_block block = simd_load(text);
    uint32_t digits = simd_bits(simd_in_range(block, '0', '9')) & all;
    uint32_t points = simd_bits(simd_equal(block, '.')) & all;
    return (length <= SIMD_BLOCK) & ((digits | points) == all) & !(points & (points - 1)) & (digits != 0);
}

#endif
