/* find: a byte that is near, as the TABs and line ends of records are.
 *
 * memchr(3) is made for long searches: for fifty bytes its call and its choice of a way cost more than the search. Where the
 * machine has SSE2, 16 bytes at a time are compared here in line; elsewhere, and for the last bytes, it is memchr. Nothing
 * outside of [from, end) is read. */
#ifndef FIND_H
#define FIND_H

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first such byte in [from, end), or NULL. */
static inline const char *find_byte(const char *from, const char *end, char byte)
{
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi8(byte);
    for (; end - from >= 16; from += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)from);
        unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted));
        if (found)
            return from + __builtin_ctz(found);
    }
#endif
    return from < end ? memchr(from, byte, (size_t)(end - from)) : NULL;
}

#endif
