/* hash: a 64-bit hash of a byte string, keyed by a secret seed, so that clients cannot choose names
 * that collide.
 *
 * Two 64-bit words at a time are folded by a 64 × 64 → 128 bit multiplication whose halves are
 * xored, the construction of the multiply-and-fold family of hashes (Wang Yi, "wyhash", 2019). The
 * words are masked by the seed before each multiplication. For a given seed, the hash is the same
 * on every machine. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/word.h"

struct hash_seed {
    uint64_t words[4]; /* random, odd */
};

__extension__ typedef unsigned __int128 hash_wide;

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    hash_wide product = (hash_wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Returns the last 1 to 8 bytes of p[0..length), without reading before p. */
static inline uint64_t hash_tail(const char *p, size_t length)
{
    if (length >= 8)
        return word_load(p + length - 8);
    uint64_t word = 0;
    if (length >= 4) {
        uint32_t low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + length - 4, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        low = __builtin_bswap32(low);
        high = __builtin_bswap32(high);
#endif
        return (uint64_t)high << 32 | low;
    }
    for (size_t i = 0; i < length; i++)
        word = word << 8 | (unsigned char)p[i];
    return word;
}

/* Folds the 16 bytes at p into h. */
static inline uint64_t hash_block(const struct hash_seed *seed, const char *p, uint64_t h)
{
    return hash_fold(word_load(p) ^ seed->words[1], word_load(p + 8) ^ h);
}

/* Returns the hash of bytes[0..length). kind is a number from 0 to 255 that separates strings of
 * different kinds. */
static inline uint64_t hash_bytes(const struct hash_seed *seed, const char *bytes, size_t length, unsigned kind)
{
    uint64_t h = seed->words[0] ^ ((uint64_t)length << 8 | kind);
    uint64_t first = 0, last;
    if (length > 16) {
        const char *end = bytes + length;
        /* Two blocks a turn, and the second counts if there is one: a processor mispredicts where a
         * loop ends, and the names of a stream mostly differ by one block. */
        for (const char *p = bytes; p < end - 16; p += 32) {
            const uint64_t has_second = -(uint64_t)(end - p > 32); /* all bits, or none */
            h = hash_block(seed, p, h);
            h ^= (h ^ hash_block(seed, p + (16 & has_second), h)) & has_second;
        }
        first = word_load(end - 16); /* the last 16 bytes, partly hashed before: simpler than a
                                      * tail of any length */
        last = word_load(end - 8);
    } else {
        if (length >= 8)
            first = word_load(bytes);
        last = hash_tail(bytes, length);
    }
    h = hash_fold(first ^ seed->words[1], last ^ h);
    return hash_fold(h ^ seed->words[2], seed->words[3]);
}

/* Returns a new seed: random bytes from the system. Ends the program if it gives none. */
struct hash_seed hash_seed_random(void);

#endif
