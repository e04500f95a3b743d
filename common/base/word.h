/* word: eight bytes as one number, the first in the lowest place, whatever the machine's byte
 * order. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <stdint.h>
#include <string.h>

/* Returns the eight bytes at p, which need not be aligned. */
static inline uint64_t word_load(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

#endif
