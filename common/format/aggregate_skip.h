/* aggregate_skip: where the columns of a plain row end, 16 bytes at a time (base/simd.h). For aggregate_plain alone.
 *
 * Each of these may look at up to SKIP_STRETCH bytes from where it begins, whatever is in them. skip_name makes sure, once,
 * that this many bytes can be read, and those of the columns that follow. */
#ifndef FORMAT_AGGREGATE_SKIP_H
#define FORMAT_AGGREGATE_SKIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/find.h"

enum {
    SKIP_STRETCH = FIND_STRETCH,
    SKIP_COLUMN = 32, /* the most bytes of type and statistic together, or of a value, with the TAB after it */
    SKIP_AHEAD = SKIP_STRETCH + 3 * SKIP_COLUMN,
};

/* A bit for every byte of the 16 at p that is not visible ASCII, is a backslash, or is `also`. */
static inline uint64_t skip_odd_bits(const char *p, char also)
{
    simd_block block = simd_load(p), visible = simd_in_range(block, '!', '~');
    return simd_bits(simd_without(visible, simd_or(simd_equal(block, '\\'), simd_equal(block, also)))) ^ 0xffff;
}

/* The first byte at p or after it that is not visible ASCII, is a backslash, or is `also`; NULL where that is not known, or
 * SKIP_COLUMN * 3 bytes cannot be read from there. */
static inline const char *skip_name(const char *p, const char *end, char also)
{
    for (; end - p >= SKIP_AHEAD; p += SKIP_STRETCH) {
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
    uint32_t tabs = find_bits(p, '\t') | find_bits(p + SIMD_BLOCK, '\t') << SIMD_BLOCK;
    tabs &= tabs - 1;
    return tabs ? p + __builtin_ctz(tabs) : NULL;
}

/* The TAB after the number at p, `[-] digits [. digits]`, when it is among the first SKIP_COLUMN bytes; else NULL. */
static inline const char *skip_number(const char *p)
{
    simd_block first = simd_load(p), second = simd_load(p + SIMD_BLOCK);
    uint32_t digits = simd_bits(simd_in_range(first, '0', '9')) | simd_bits(simd_in_range(second, '0', '9'))
                                                                      << SIMD_BLOCK;
    uint32_t points = simd_bits(simd_equal(first, '.')) | simd_bits(simd_equal(second, '.')) << SIMD_BLOCK;
    uint32_t minus = *p == '-', point = points & (0 - points);
    uint32_t others = ~(digits | point | minus);   /* all but one sign in front and the first point */
    uint32_t before = (others & (0 - others)) - 1; /* the bytes before the first of those */
    if (!others || !(digits & before))
        return NULL;
    p += __builtin_ctz(others);
    return *p == '\t' ? p : NULL;
}

#endif
