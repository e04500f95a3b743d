/* wire_memory: a cache of texts and the results computed from them. For the batch.
 *
 * Clients send the same names and the same fields of tags over and over. A text that comes a second
 * time is kept with its result. The first time, part of its hash is noted in a small table that
 * stays in the cache, where notes overwrite each other, so texts that never repeat take no room and
 * hardly any time. The hash is keyed (base/hash.h) and whole texts are compared, so no text gets
 * the result of another. When the memory is full, all of it is forgotten.
 *
 * It has 72 KiB to begin with and grows, as texts come again, up to MEMORY_NOTES × 2 +
 * MEMORY_PLACES × 8 + MEMORY_BYTES bytes. */
#ifndef WIRE_MEMORY_H
#define WIRE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/simd.h"
#include "base/span.h"

enum {
    MEMORY_NOTES = 1 << 15,     /* a power of two, as are the next two */
    MEMORY_PLACES = 1 << 17,    /* at most; half of them are used */
    MEMORY_BYTES = 16 << 20,    /* at most */
    MEMORY_TEXT_MOST = 1 << 12, /* bytes: a longer text, or one that became longer, is not kept */
    MEMORY_SLACK = 64,          /* bytes after a result that are readable, whatever they are */
};

/* Its insides are its own. */
struct wire_memory {
    struct hash_seed seed;
    uint64_t *places; /* open addressing: hash (32 bits), offset in bytes (32 bits); 0: free */
    uint64_t chance;
    uint16_t *notes; /* the hash's highest bits, at its lowest */
    uint32_t mask, used;
    char *bytes; /* from 1 on, for each text two lengths, the text and its result */
    uint32_t length, capacity;
};

struct memory_lengths {
    uint16_t text, result;
};

void memory_init(struct wire_memory *m);
void memory_free(struct wire_memory *m);

static inline uint32_t memory_hash(const struct wire_memory *m, struct span text)
{
    return (uint32_t)(hash_bytes(&m->seed, text.text, text.length, 0) >> 32);
}

/* Sixteen bytes after the texts' ends are readable. */
static inline bool memory_same(const char *a, const char *b, size_t length)
{
    if (length >= SIMD_BLOCK)
        return simd_same(a, b, length);
    uint32_t same = simd_bits(simd_equal(simd_xor(simd_load(a), simd_load(b)), 0)) | UINT32_MAX << length;
    return (same & 0xffff) == 0xffff;
}

/* Sets *result to the result of the text, valid until memory_add. Returns false if it is not known.
 * The text is not empty, and 16 bytes after it are readable. Always inline: as a call, it and what
 * the caller has to save cost a twentieth of a line with tags. */
__attribute__((always_inline)) static inline bool memory_find(const struct wire_memory *m, struct span text,
                                                              uint32_t hash, struct span *result)
{
    uint64_t place;
    uint32_t i = hash & m->mask;
    /* In every fourth search the first place is another text's, which no branch can foresee. */
    i = (i + (m->places[i] >> 32 != hash)) & m->mask;
    for (; (place = m->places[i]) != 0; i = (i + 1) & m->mask) {
        if (place >> 32 != hash)
            continue;
        const char *at = m->bytes + (uint32_t)place;
        struct memory_lengths lengths;
        memcpy(&lengths, at, sizeof lengths);
        at += sizeof lengths;
        if (lengths.text == text.length && memory_same(at, text.text, text.length)) {
            *result = (struct span){ at + text.length, lengths.result };
            return true;
        }
    }
    return false;
}

/* Notes the text, which memory_find has not found, or, if it was noted before, keeps it with its
 * result. Neither span may point into the memory. */
void memory_add(struct wire_memory *m, struct span text, uint32_t hash, struct span result);

#endif
