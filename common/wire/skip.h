/* wire_skip: how far a stretch of bytes of one kind reaches, 16 at a time where the machine can. For common/wire alone.
 *
 * line is where the bytes that may be read begin: the last block of a line ends where the line ends, and so begins in front
 * of p. */
#ifndef WIRE_SKIP_H
#define WIRE_SKIP_H

#include <stdbool.h>

#include "format/safe.h"

#if defined __SSE2__ && !defined NO_SIMD
#include <emmintrin.h>
#endif

/* Digits so few that their number cannot be too large for a double. */
enum { SKIP_NUMBER_MAX = 300 };

/* Bytes looked at together. */
enum { SKIP_BLOCK = 16 };

static inline bool skip_is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

static inline const char *skip_safe_bytewise(const char *p, const char *end)
{
    while (p < end && (safe_classes[(unsigned char)*p] & SAFE_NAME))
        p++;
    return p;
}

static inline const char *skip_number_bytewise(const char *p, const char *end)
{
    const char *start = p;
    while (p < end && skip_is_digit(*p))
        p++;
    if (p < end && *p == '.') {
        p++;
        while (p < end && skip_is_digit(*p))
            p++;
        if (p - start == 1)
            return start;
    }
    return p - start < SKIP_NUMBER_MAX ? p : start;
}

#if defined __SSE2__ && !defined NO_SIMD

static inline __m128i skip_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* 0xff in every byte of block that is from … to, as unsigned bytes. */
static inline __m128i skip_in_range(__m128i block, char from, char to)
{
    __m128i offset = _mm_sub_epi8(block, _mm_set1_epi8(from));
    return _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8((char)(to - from))), offset);
}

static inline __m128i skip_is_byte(__m128i block, char byte)
{
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(byte));
}

/* A bit for every byte of the 16 at p that has not SAFE_NAME. */
static inline unsigned skip_unsafe_bits(const char *p)
{
    __m128i block = skip_load(p);
    __m128i letters = skip_in_range(_mm_or_si128(block, _mm_set1_epi8(0x20)), 'a', 'z');
    __m128i digits = _mm_andnot_si128(skip_is_byte(block, '/'), skip_in_range(block, '-', '9')); /* and - and . */
    __m128i others = _mm_or_si128(skip_is_byte(block, '_'), skip_is_byte(block, '='));
    return ~(unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(letters, digits), others)) & 0xffff;
}

/* The end of the bytes at p that have SAFE_NAME. */
static inline const char *skip_safe(const char *line, const char *p, const char *end)
{
    for (; end - p >= SKIP_BLOCK; p += SKIP_BLOCK) {
        unsigned bits = skip_unsafe_bits(p);
        if (bits)
            return p + __builtin_ctz(bits);
    }
    if (end - line < SKIP_BLOCK)
        return skip_safe_bytewise(p, end);
    unsigned bits = skip_unsafe_bits(end - SKIP_BLOCK) >> (SKIP_BLOCK - (end - p));
    return bits ? p + __builtin_ctz(bits) : end;
}

/* The end of `digits [. digits]` at p, no more than a double holds; p itself where there is no such thing. */
static inline const char *skip_number(const char *line, const char *p, const char *end)
{
    if (end - line < SKIP_BLOCK || end - p > SKIP_BLOCK || p == end)
        return skip_number_bytewise(p, end);
    __m128i block = skip_load(end - SKIP_BLOCK);
    int skipped = SKIP_BLOCK - (int)(end - p);
    unsigned digits = (unsigned)_mm_movemask_epi8(skip_in_range(block, '0', '9')) >> skipped;
    unsigned points = (unsigned)_mm_movemask_epi8(skip_is_byte(block, '.')) >> skipped;
    unsigned length = (unsigned)__builtin_ctz(~(digits | points));
    points &= (1u << length) - 1;
    bool is_number = !(points & (points - 1)) && length > (points != 0);
    return is_number ? p + length : p;
}

/* Whether text is `digits [. digits]`, of up to SKIP_BLOCK bytes; so many can be read. */
static inline bool skip_is_number(const char *text, size_t length)
{
    unsigned all = (1u << (length & 31)) - 1;
    __m128i block = skip_load(text);
    unsigned digits = (unsigned)_mm_movemask_epi8(skip_in_range(block, '0', '9')) & all;
    unsigned points = (unsigned)_mm_movemask_epi8(skip_is_byte(block, '.')) & all;
    return (length <= SKIP_BLOCK) & ((digits | points) == all) & !(points & (points - 1)) & (digits != 0);
}

#else

static inline unsigned skip_unsafe_bits(const char *p)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < SKIP_BLOCK; i++)
        bits |= (unsigned)!(safe_classes[(unsigned char)p[i]] & SAFE_NAME) << i;
    return bits;
}

static inline bool skip_is_number(const char *text, size_t length)
{
    return length <= SKIP_BLOCK && length && skip_number_bytewise(text, text + length) == text + length;
}

static inline const char *skip_safe(const char *line, const char *p, const char *end)
{
    (void)line;
    return skip_safe_bytewise(p, end);
}

static inline const char *skip_number(const char *line, const char *p, const char *end)
{
    (void)line;
    return skip_number_bytewise(p, end);
}

#endif

#endif
