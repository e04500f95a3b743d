/* aggregate_skip: where the columns of a plain row end, 16 bytes at a time where the machine has SSE2; elsewhere
 * (or with NO_SIMD, for a test) byte by byte. For aggregate_plain alone.
 *
 * Each of these may look at up to SKIP_BLOCK bytes from where it begins, whatever is in them; that so many can be read, and
 * those of the columns that follow, is seen to once, by skip_name. */
#ifndef AGGREGATE_SKIP_H
#define AGGREGATE_SKIP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined __SSE2__ && !defined NO_SIMD
#include <emmintrin.h>
#define SKIP_SSE2 1
#endif

enum {
    SKIP_BLOCK = 64,
    SKIP_COLUMN = 32, /* the most bytes of type and statistic together, or of a value, with the TAB behind it */
    SKIP_AHEAD = SKIP_BLOCK + 3 * SKIP_COLUMN,
};

#ifdef SKIP_SSE2

static inline __m128i skip_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i skip_equal(__m128i block, char byte)
{
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(byte));
}

/* A bit for every byte of the 16 at p that is not visible ASCII, is a backslash, or is `also`. */
static inline uint64_t skip_odd_bits(const char *p, char also)
{
    __m128i block = skip_load(p);
    /* As signed bytes, those of 0x80 and more are below the blank too. */
    __m128i odd = _mm_or_si128(_mm_cmplt_epi8(block, _mm_set1_epi8('!')), skip_equal(block, 0x7f));
    odd = _mm_or_si128(odd, _mm_or_si128(skip_equal(block, '\\'), skip_equal(block, also)));
    return (unsigned)_mm_movemask_epi8(odd);
}

/* The first byte at p or after it that is not visible ASCII, is a backslash, or is `also`; NULL where that is not known, or
 * not SKIP_COLUMN * 3 bytes can be read from there. */
static inline const char *skip_name(const char *p, const char *end, char also)
{
    for (; end - p >= SKIP_AHEAD; p += SKIP_BLOCK) {
        uint64_t odd = skip_odd_bits(p, also) | skip_odd_bits(p + 16, also) << 16 | skip_odd_bits(p + 32, also) << 32 |
                       skip_odd_bits(p + 48, also) << 48;
        if (odd)
            return p + __builtin_ctzll(odd);
    }
    return NULL;
}

/* The second TAB among the SKIP_COLUMN bytes at p, or NULL. */
static inline const char *skip_two(const char *p)
{
    unsigned low = (unsigned)_mm_movemask_epi8(skip_equal(skip_load(p), '\t'));
    unsigned high = (unsigned)_mm_movemask_epi8(skip_equal(skip_load(p + 16), '\t'));
    unsigned tabs = low | high << 16;
    tabs &= tabs - 1;
    return tabs ? p + __builtin_ctz(tabs) : NULL;
}

/* 0xff for every digit. */
static inline __m128i skip_digits(__m128i block)
{
    __m128i offset = _mm_sub_epi8(block, _mm_set1_epi8('0'));
    return _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8(9)), offset);
}

/* The TAB behind the number at p, `[-] digits [. digits]`, when it is among the first SKIP_COLUMN bytes; else NULL. */
static inline const char *skip_number(const char *p)
{
    __m128i first = skip_load(p), second = skip_load(p + 16);
    unsigned digits = (unsigned)_mm_movemask_epi8(skip_digits(first)) | (unsigned)_mm_movemask_epi8(skip_digits(second))
                                                                            << 16;
    unsigned points = (unsigned)_mm_movemask_epi8(skip_equal(first, '.')) |
                      (unsigned)_mm_movemask_epi8(skip_equal(second, '.')) << 16;
    unsigned minus = *p == '-', point = points & (0 - points);
    unsigned others = ~(digits | point | minus);   /* all but one sign in front and the first point */
    unsigned before = (others & (0 - others)) - 1; /* the bytes in front of the first of those */
    if (!others || !(digits & before))
        return NULL;
    p += __builtin_ctz(others);
    return *p == '\t' ? p : NULL;
}

#else

static inline const char *skip_name(const char *p, const char *end, char also)
{
    for (; end - p >= SKIP_AHEAD; p++)
        if (*p <= ' ' || *p >= 0x7f || *p == '\\' || *p == also)
            return p;
    return NULL;
}

static inline const char *skip_two(const char *p)
{
    const char *end = p + SKIP_COLUMN, *tab = memchr(p, '\t', SKIP_COLUMN);
    return tab ? memchr(tab + 1, '\t', (size_t)(end - tab - 1)) : NULL;
}

static inline const char *skip_number(const char *p)
{
    const char *end = p + SKIP_COLUMN;
    bool point = false, digit = false;
    for (p += *p == '-'; p < end; p++)
        if (*p >= '0' && *p <= '9')
            digit = true;
        else if (*p == '.' && !point)
            point = true;
        else
            return digit && *p == '\t' ? p : NULL;
    return NULL;
}

#endif

#endif
