/* find: bytes that are near, as the TABs and line ends of records are.
 *
 * memchr(3) is made for long searches: for fifty bytes its call and its choice of a way cost more than the search. Where the
 * machine has SSE2, 16 bytes at a time are compared here in line; elsewhere (or with NO_SIMD, for tests) eight bytes in a
 * word. */
#ifndef FIND_H
#define FIND_H

#include <stdint.h>
#include <string.h>

#include "word.h"

#if defined __SSE2__ && !defined NO_SIMD
#include <emmintrin.h>
#define FIND_SSE2 1
#endif

enum { FIND_BLOCK = 16, FIND_STRETCH = 64 };

/* A bit for each of the 16 bytes at p, the lowest for the first, that is the byte wanted. */
static inline uint32_t find_bits(const char *p, char byte)
{
#ifdef FIND_SSE2
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(byte)));
#else
    /* A byte is 0 when neither its seven low bits, plus 127, nor itself reach 128; the high bits of the eight bytes are then
     * gathered in the highest byte by a multiplication that brings each to a place of its own. */
    const uint64_t each = 0x0101010101010101u, low = 0x7f7f7f7f7f7f7f7fu;
    uint32_t bits = 0;
    for (unsigned i = 0; i < FIND_BLOCK; i += 8) {
        uint64_t differences = word_load(p + i) ^ (unsigned char)byte * each;
        uint64_t found = ~(((differences & low) + low) | differences | low);
        bits |= (uint32_t)((found >> 7) * 0x0102040810204080u >> 56) << i;
    }
    return bits;
#endif
}

/* The same for the 64 bytes at p. */
static inline uint64_t find_bits_of_stretch(const char *p, char byte)
{
    uint64_t low = find_bits(p, byte) | find_bits(p + FIND_BLOCK, byte) << FIND_BLOCK;
    uint64_t high = find_bits(p + 2 * FIND_BLOCK, byte) | find_bits(p + 3 * FIND_BLOCK, byte) << FIND_BLOCK;
    return low | high << 32;
}

/* The first such byte in [from, end), or NULL; nothing else is read. */
static inline const char *find_byte(const char *from, const char *end, char byte)
{
    for (; end - from >= FIND_BLOCK; from += FIND_BLOCK) {
        uint32_t found = find_bits(from, byte);
        if (found)
            return from + __builtin_ctz(found);
    }
    return from < end ? memchr(from, byte, (size_t)(end - from)) : NULL;
}

#endif
