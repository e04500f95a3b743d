/* simd: compares 16 bytes at once, in one register if the machine has SSE2.
 *
 * A comparison returns a mask: a block in which the highest bit of each byte is set if the
 * comparison holds. simd_bits gathers those bits. Without SSE2, or with NO_SIMD in tests, a block
 * is two 64-bit words, and each word is compared separately. A byte is 0 if neither its seven low
 * bits plus 127 nor the byte itself reaches 128; none of these additions carries into the next
 * byte. */
#ifndef BASE_SIMD_H
#define BASE_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

#if defined __SSE2__ && !defined NO_SIMD
#include <emmintrin.h>
#define SIMD_SSE2 1
#endif

enum { SIMD_BLOCK = 16 }; /* bytes */

#ifdef SIMD_SSE2

typedef __m128i simd_block;

/* Returns the SIMD_BLOCK bytes at p, which need not be aligned. */
static inline simd_block simd_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* Returns a block in which every byte is `byte`. */
static inline simd_block simd_fill(char byte)
{
    return _mm_set1_epi8(byte);
}

/* Bitwise a | b, a ^ b, and a & ~b. */
static inline simd_block simd_or(simd_block a, simd_block b)
{
    return _mm_or_si128(a, b);
}

static inline simd_block simd_xor(simd_block a, simd_block b)
{
    return _mm_xor_si128(a, b);
}

static inline simd_block simd_without(simd_block a, simd_block b)
{
    return _mm_andnot_si128(b, a);
}

/* Returns the mask of the bytes that equal byte. */
static inline simd_block simd_equal(simd_block block, char byte)
{
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(byte));
}

/* Returns the mask of the bytes from `from` to `to`, both inclusive and both ASCII. */
static inline simd_block simd_in_range(simd_block block, char from, char to)
{
    __m128i offset = _mm_sub_epi8(block, _mm_set1_epi8(from));
    return _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8((char)(to - from))), offset);
}

/* Returns one bit for each byte of a mask, the lowest for the first. */
static inline uint32_t simd_bits(simd_block mask)
{
    return (uint32_t)_mm_movemask_epi8(mask);
}

#else

typedef struct {
    uint64_t words[2];
} simd_block;

#define SIMD_EACH UINT64_C(0x0101010101010101)
#define SIMD_LOW  UINT64_C(0x7f7f7f7f7f7f7f7f)
#define SIMD_HIGH UINT64_C(0x8080808080808080)

static inline simd_block simd_load(const char *p)
{
    return (simd_block){ { word_load(p), word_load(p + 8) } };
}

static inline simd_block simd_fill(char byte)
{
    uint64_t word = (unsigned char)byte * SIMD_EACH;
    return (simd_block){ { word, word } };
}

static inline simd_block simd_or(simd_block a, simd_block b)
{
    return (simd_block){ { a.words[0] | b.words[0], a.words[1] | b.words[1] } };
}

static inline simd_block simd_xor(simd_block a, simd_block b)
{
    return (simd_block){ { a.words[0] ^ b.words[0], a.words[1] ^ b.words[1] } };
}

static inline simd_block simd_without(simd_block a, simd_block b)
{
    return (simd_block){ { a.words[0] & ~b.words[0], a.words[1] & ~b.words[1] } };
}

static inline uint64_t simd_equal_word(uint64_t word, char byte)
{
    uint64_t differences = word ^ (unsigned char)byte * SIMD_EACH;
    return ~(((differences & SIMD_LOW) + SIMD_LOW) | differences | SIMD_LOW);
}

static inline simd_block simd_equal(simd_block block, char byte)
{
    return (simd_block){ { simd_equal_word(block.words[0], byte), simd_equal_word(block.words[1], byte) } };
}

static inline uint64_t simd_in_range_word(uint64_t word, char from, char to)
{
    uint64_t not_less = (word | SIMD_HIGH) - (unsigned char)from * SIMD_EACH;
    uint64_t not_more = ((unsigned char)to * SIMD_EACH | SIMD_HIGH) - (word & SIMD_LOW);
    return not_less & not_more & ~word & SIMD_HIGH;
}

static inline simd_block simd_in_range(simd_block block, char from, char to)
{
    return (
        simd_block){ { simd_in_range_word(block.words[0], from, to), simd_in_range_word(block.words[1], from, to) } };
}

/* The multiplication moves each byte's bit to its own place in the highest byte. */
static inline uint32_t simd_bits_of_word(uint64_t mask)
{
    return (uint32_t)(((mask & SIMD_HIGH) >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

static inline uint32_t simd_bits(simd_block mask)
{
    return simd_bits_of_word(mask.words[0]) | simd_bits_of_word(mask.words[1]) << 8;
}

#endif

/* True if a[0..length) and b[0..length) are the same; at least SIMD_BLOCK bytes each. Up to four
 * blocks are compared without a branch that depends on the length: they overlap as far as they
 * must. */
static inline bool simd_same(const char *a, const char *b, size_t length)
{
    simd_block differences = simd_fill(0);
    for (; length > 4 * SIMD_BLOCK; a += SIMD_BLOCK, b += SIMD_BLOCK, length -= SIMD_BLOCK)
        differences = simd_or(differences, simd_xor(simd_load(a), simd_load(b)));
    const size_t last = length - SIMD_BLOCK, second = last < SIMD_BLOCK ? last : SIMD_BLOCK, third = last - second;
    differences = simd_or(differences, simd_xor(simd_load(a), simd_load(b)));
    differences = simd_or(differences, simd_xor(simd_load(a + second), simd_load(b + second)));
    differences = simd_or(differences, simd_xor(simd_load(a + third), simd_load(b + third)));
    differences = simd_or(differences, simd_xor(simd_load(a + last), simd_load(b + last)));
    return simd_bits(simd_equal(differences, 0)) == 0xffff;
}

#endif
