/* rests: the parts of long names that do not fit into their slots.
 *
 * Most long names are long because of their tags, and many series have the same ones. So a rest
 * that was added recently is shared: 16,384 of them are remembered by their hashes, and a rest that
 * equals none of these is stored again. All rests are in one array without gaps, and a rest is
 * identified by its place there. */
#ifndef SERIES_RESTS_H
#define SERIES_RESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/span.h"

enum { RESTS_UNIT = 4 }; /* bytes */

/* Begin with zeros. */
struct rests {
    char *bytes; /* for each rest its length, uint32_t, and the text, in whole units */
    size_t used, capacity;
    uint64_t *recent; /* by hash: its highest 32 bits, and the place + 1; 0: none */
};

void rests_free(struct rests *r);

/* Keeps a copy of the text, or finds one that is kept. Returns its place, which stays valid until
 * rests_free. Running out of memory, and more than 16 GiB of rests, ends the program. */
uint32_t rests_put(struct rests *r, const struct hash_seed *seed, struct span text);

/* The text at a place. Valid until the next rests_put. */
static inline struct span rests_get(const struct rests *r, uint32_t place)
{
    const char *at = r->bytes + (size_t)place * RESTS_UNIT;
    uint32_t length;
    memcpy(&length, at, sizeof length);
    return (struct span){ at + sizeof length, length };
}

#endif
