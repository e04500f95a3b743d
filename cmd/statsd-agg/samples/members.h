/* members: the distinct members of one set over one interval. */
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

/* What a member is found by. */
static inline uint32_t members_hash(const struct hash_seed *seed, struct span member)
{
    return (uint32_t)hash_bytes(seed, member.text, member.length, 0);
}

/* Adds a member's bytes, which are copied to memory of the pool; hash is members_hash's. Returns the set, which may have
 * moved. */
struct members *members_add(struct members *m, struct pool *pool, uint32_t hash, struct span member);

/* Asks for the memory that adding a member of that hash will need; changes nothing. */
void members_fetch(const struct members *m, uint32_t hash);

/* How many there are. */
uint64_t members_count(const struct members *m);

/* True when the set takes so much memory that it must not be added to. */
bool members_are_heavy(const struct members *m);

/* Calls take(member, context) for each, in the order they were added. */
void members_each(const struct members *m, void (*take)(struct span member, void *context), void *context);

void members_free(struct members *m, struct pool *pool);

#endif
