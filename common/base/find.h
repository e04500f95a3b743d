/* find: nearby bytes, such as the TABs and line ends of records.
 *
 * memchr(3) is made for long searches: over fifty bytes, calling it and choosing its method cost
 * more than the search. Here 16 bytes at a time are compared inline (simd.h). */
#ifndef BASE_FIND_H
#define BASE_FIND_H

#include <stdint.h>
#include <string.h>

#include "base/simd.h"

enum { FIND_BLOCK = SIMD_BLOCK, FIND_STRETCH = 64 };

/* Returns one bit for each of the 16 bytes at p, the lowest for the first, set if it equals
 * byte. */
static inline uint32_t find_bits(const char *p, char byte)
{
    return simd_bits(simd_equal(simd_load(p), byte));
}

/* The same for the 64 bytes at p. */
static inline uint64_t find_bits_of_stretch(const char *p, char byte)
{
    uint64_t low = find_bits(p, byte) | find_bits(p + FIND_BLOCK, byte) << FIND_BLOCK;
    uint64_t high = find_bits(p + 2 * FIND_BLOCK, byte) | find_bits(p + 3 * FIND_BLOCK, byte) << FIND_BLOCK;
    return low | high << 32;
}

/* Returns the first `byte` in [from, end), or NULL. Reads nothing outside that range. */
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
