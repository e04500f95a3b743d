/* wire_bounds: where a line's parts end, for wire/tagged alone.
 *
 * A line's first 64 bytes, which mostly hold its name and value, are marked at once, and bars are
 * searched for 64 bytes at a time: with a loop over fewer bytes, a processor mispredicts where it
 * ends. All may read 64 bytes after the end of the text. */
#ifndef WIRE_BOUNDS_H
#define WIRE_BOUNDS_H

#include <stdbool.h>

#include "base/find.h"
#include "wire/marks.h"

/* The LF that ends the line, or the end of the text if that is one (ended). NULL: the line is not
 * whole. It is found before the line is read, so that a processor can begin with the next one. */
static inline const char *bounds_line_end(const char *line, const char *text_end, bool ended)
{
    const char *p = line;
    for (uint64_t bits; p < text_end; p += FIND_STRETCH)
        if ((bits = find_bits_of_stretch(p, '\n')) != 0) {
            p += __builtin_ctzll(bits);
            break;
        }
    return p < text_end ? p : ended ? text_end : NULL;
}

/* The first bar in [p, end), or end: a field ends there. */
static inline const char *bounds_field_end(const char *p, const char *end)
{
    for (uint64_t bits; p < end; p += FIND_STRETCH)
        if ((bits = find_bits_of_stretch(p, '|')) != 0) {
            p += __builtin_ctzll(bits);
            break;
        }
    return p < end ? p : end;
}

/* The first byte in [p, end) that may not stand in a name, or end. */
static inline const char *bounds_mark(const char *p, const char *end)
{
    for (uint64_t bits; p < end; p += MARKS_STRETCH)
        if ((bits = marks_bits(p)) != 0) {
            p += __builtin_ctzll(bits);
            break;
        }
    return p < end ? p : end;
}

/* The last byte in [p, end) that may not stand in a name, where that at p is one. */
static inline const char *bounds_last_mark(const char *p, const char *end)
{
    while (end - p > SIMD_BLOCK) {
        uint32_t bits = marks_bits_of_block(end - SIMD_BLOCK);
        end -= bits ? __builtin_clz(bits) - (32 - SIMD_BLOCK) : SIMD_BLOCK;
        if (bits)
            return end - 1;
    }
    uint32_t bits = marks_bits_of_block(p) & ((UINT32_C(1) << (end - p)) - 1);
    return p + 31 - __builtin_clz(bits | 1);
}

/* The ends of a name and of the value after it. */
struct bounds {
    const char *colon, *bar;
    bool is_plain; /* the name: it ends at its first mark */
};

/* Finds the bounds of the line in [name, end). The name ends at the last mark before the bar, which
 * in a plain one is the first. */
static inline struct bounds bounds_find(const char *name, const char *end)
{
    uint64_t marks = marks_bits(name), others = marks & (marks - 1);
    const char *first = marks ? name + __builtin_ctzll(marks) : bounds_mark(name + MARKS_STRETCH, end);
    if (first < end && *first == ':')
        return (struct bounds){ first, others ? name + __builtin_ctzll(others) : bounds_mark(first + 1, end), true };
    const char *bar = first < end ? bounds_field_end(name, end) : end;
    if (bar == end)
        return (struct bounds){ end, end, false };
    if (bar >= name + MARKS_STRETCH)
        return (struct bounds){ bounds_last_mark(first, bar), bar, false };
    marks &= ((uint64_t)1 << (bar - name)) - 1;
    return (struct bounds){ name + (63 - __builtin_clzll(marks | 1)), bar, false };
}

#endif
