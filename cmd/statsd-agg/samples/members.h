/* members: the distinct members of one set in one interval. */
#ifndef SAMPLES_MEMBERS_H
#define SAMPLES_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/span.h"
#include "samples/pool.h"

/* NULL is the empty set. */
struct members;

/* The hash a member is found by. */
static inline uint32_t members_hash(const struct hash_seed *seed, struct span member)
{
    return (uint32_t)hash_bytes(seed, member.text, member.length, 0);
}

/* Adds a member if it is new, copying its bytes to memory of the pool; hash is its members_hash.
 * Returns the set, which may have moved. */
struct members *members_add(struct members *m, struct pool *pool, uint32_t hash, struct span member);

/* Prefetches the memory that adding a member of that hash will need. */
void members_fetch(const struct members *m, uint32_t hash);

/* How many there are. */
uint64_t members_count(const struct members *m);

/* True when the set takes so much memory that nothing more may be added. */
bool members_are_heavy(const struct members *m);

/* Calls take(member, context) for each member, in the order they were added. */
void members_each(const struct members *m, void (*take)(struct span member, void *context), void *context);

void members_free(struct members *m, struct pool *pool);

#endif
