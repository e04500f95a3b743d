#include "members.h"

#include <stdlib.h>

#include "xalloc.h"

/* A member may be as long as a line; HEAVY and one more are still counted in 32 bits. */
enum { FIRST_BYTES = 24, SMALL = 4, HEAVY = 1 << 30 };

/* The members' bytes stand one behind the other in `bytes`, each after its length; a few are searched one by one, more than
 * SMALL by an index of (hash, place) pairs. */
struct members {
    uint32_t count;
    uint32_t mask; /* of the index; 0: there is none */
    uint32_t used, capacity;
    struct place *index;
    char bytes[];
};

struct place {
    uint32_t hash;
    uint32_t at; /* offset in bytes, + 1; 0 is free */
};

static struct span member_at(const struct members *m, uint32_t at)
{
    uint32_t length;
    memcpy(&length, m->bytes + at, sizeof length);
    return (struct span){ m->bytes + at + sizeof length, length };
}

static struct members *with_room(struct members *m, size_t size)
{
    size_t used = m ? m->used : 0, capacity = m ? m->capacity : 0;
    if (m && capacity - used >= size)
        return m;
    capacity = m ? capacity * 2 : FIRST_BYTES;
    while (capacity < used + size)
        capacity *= 2;
    struct members *grown = xreallocarray(m, 1, sizeof *m + capacity);
    if (!m)
        *grown = (struct members){ .count = 0 };
    grown->capacity = (uint32_t)capacity;
    return grown;
}

static struct place *probe(const struct members *m, uint32_t hash, struct span member)
{
    for (uint32_t i = hash & m->mask;; i = (i + 1) & m->mask) {
        struct place *p = &m->index[i];
        if (!p->at || (p->hash == hash && span_equal(member_at(m, p->at - 1), member)))
            return p;
    }
}

static void reindex(struct members *m, const struct hash_seed *seed)
{
    m->mask = m->mask ? m->mask * 2 + 1 : SMALL * 4 - 1;
    free(m->index);
    m->index = xcalloc((size_t)m->mask + 1, sizeof *m->index);
    for (uint32_t at = 0; at < m->used;) {
        struct span member = member_at(m, at);
        uint32_t hash = (uint32_t)hash_bytes(seed, member.text, member.length, 0);
        *probe(m, hash, member) = (struct place){ hash, at + 1 };
        at += (uint32_t)(sizeof(uint32_t) + member.length);
    }
}

static int is_known(const struct members *m, const struct hash_seed *seed, struct span member)
{
    if (m->mask)
        return probe(m, (uint32_t)hash_bytes(seed, member.text, member.length, 0), member)->at != 0;
    for (uint32_t at = 0; at < m->used;) {
        struct span known = member_at(m, at);
        if (span_equal(known, member))
            return 1;
        at += (uint32_t)(sizeof(uint32_t) + known.length);
    }
    return 0;
}

struct members *members_add(struct members *m, const struct hash_seed *seed, struct span member)
{
    if (m && is_known(m, seed, member))
        return m;
    m = with_room(m, sizeof(uint32_t) + member.length);
    uint32_t length = (uint32_t)member.length, at = m->used;
    memcpy(m->bytes + at, &length, sizeof length);
    memcpy(m->bytes + at + sizeof length, member.text, length);
    m->used += (uint32_t)sizeof length + length;
    m->count++;
    if (m->count > SMALL && (!m->mask || m->count > m->mask / 2))
        reindex(m, seed);
    else if (m->mask) {
        uint32_t hash = (uint32_t)hash_bytes(seed, member.text, length, 0);
        *probe(m, hash, member) = (struct place){ hash, at + 1 };
    }
    return m;
}

void members_fetch(const struct members *m, const struct hash_seed *seed, struct span member)
{
    if (!m)
        return;
    __builtin_prefetch(m->bytes + m->used, 1);
    if (m->mask)
        __builtin_prefetch(&m->index[(uint32_t)hash_bytes(seed, member.text, member.length, 0) & m->mask], 1);
}

uint64_t members_count(const struct members *m)
{
    return m ? m->count : 0;
}

bool members_are_heavy(const struct members *m)
{
    return m && m->used >= HEAVY;
}

void members_each(const struct members *m, void (*take)(struct span member, void *context), void *context)
{
    for (uint32_t at = 0; m && at < m->used;) {
        struct span member = member_at(m, at);
        take(member, context);
        at += (uint32_t)(sizeof(uint32_t) + member.length);
    }
}

void members_free(struct members *m)
{
    if (m)
        free(m->index);
    free(m);
}
