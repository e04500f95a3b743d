#include "samples/members.h"

#include <string.h>

#include "filter/lines.h"

enum { FIRST_SIZE = 6, FIRST_INDEX = 6, SMALL = 8, HEAVY = 1 << 30 };
_Static_assert((uint64_t)HEAVY + LINES_MAX_MOST + 64 < UINT32_MAX,
               "a member may be as long as a line: with HEAVY bytes before it, offsets fit in 32 bits");

/* `bytes` holds the members one after another, each after its head. Up to SMALL of them are
 * searched one by one, more by an index. */
struct members {
    uint32_t count;
    uint32_t used;            /* of bytes */
    unsigned char size;       /* of the struct and bytes: 2^size */
    unsigned char index_size; /* 2^index_size entries; 0: there is no index */
    struct index_entry *index;
    char bytes[];
};

struct member_head {
    uint32_t hash, length;
};

struct index_entry {
    uint32_t hash;
    uint32_t at; /* offset in bytes, + 1; 0: free */
};

static struct member_head head_at(const struct members *m, uint32_t at)
{
    struct member_head head;
    memcpy(&head, m->bytes + at, sizeof head);
    return head;
}

static struct span member_at(const struct members *m, uint32_t at)
{
    return (struct span){ m->bytes + at + sizeof(struct member_head), head_at(m, at).length };
}

static uint32_t next_at(const struct members *m, uint32_t at)
{
    return at + (uint32_t)sizeof(struct member_head) + head_at(m, at).length;
}

static struct members *with_room(struct members *m, struct pool *pool, size_t more)
{
    size_t used = sizeof *m + (m ? m->used : 0);
    unsigned size = m ? m->size : FIRST_SIZE;
    if (m && used + more <= (size_t)1 << size)
        return m;
    while (used + more > (size_t)1 << size)
        size++;
    struct members *grown = pool_get(pool, (size_t)1 << size);
    if (m) {
        memcpy(grown, m, used);
        pool_put(pool, m, (size_t)1 << m->size);
    } else {
        *grown = (struct members){ .count = 0 };
    }
    grown->size = (unsigned char)size;
    return grown;
}

static uint32_t mask_of(const struct members *m)
{
    return ((uint32_t)1 << m->index_size) - 1;
}

static struct index_entry *probe(const struct members *m, uint32_t hash, struct span member)
{
    uint32_t mask = mask_of(m);
    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        struct index_entry *p = &m->index[i];
        if (!p->at || (p->hash == hash && span_equal(member_at(m, p->at - 1), member)))
            return p;
    }
}

static size_t index_bytes(unsigned index_size)
{
    return sizeof(struct index_entry) << index_size;
}

static void reindex(struct members *m, struct pool *pool)
{
    if (m->index_size)
        pool_put(pool, m->index, index_bytes(m->index_size));
    m->index_size = m->index_size ? m->index_size + 1 : FIRST_INDEX;
    m->index = pool_get(pool, index_bytes(m->index_size));
    memset(m->index, 0, index_bytes(m->index_size));
    for (uint32_t at = 0; at < m->used; at = next_at(m, at))
        *probe(m, head_at(m, at).hash, member_at(m, at)) = (struct index_entry){ head_at(m, at).hash, at + 1 };
}

static bool is_known(const struct members *m, uint32_t hash, struct span member)
{
    if (m->index_size)
        return probe(m, hash, member)->at != 0;
    for (uint32_t at = 0; at < m->used; at = next_at(m, at))
        if (head_at(m, at).hash == hash && span_equal(member_at(m, at), member))
            return true;
    return false;
}

struct members *members_add(struct members *m, struct pool *pool, uint32_t hash, struct span member)
{
    if (m && is_known(m, hash, member))
        return m;
    const struct member_head head = { hash, (uint32_t)member.length };
    m = with_room(m, pool, sizeof head + member.length);
    uint32_t at = m->used;
    memcpy(m->bytes + at, &head, sizeof head);
    memcpy(m->bytes + at + sizeof head, member.text, member.length);
    m->used += (uint32_t)(sizeof head + member.length);
    m->count++;
    if (m->index_size ? m->count > mask_of(m) / 2 : m->count > SMALL)
        reindex(m, pool);
    else if (m->index_size)
        *probe(m, hash, member) = (struct index_entry){ hash, at + 1 };
    return m;
}

void members_fetch(const struct members *m, uint32_t hash)
{
    if (!m)
        return;
    __builtin_prefetch(m->bytes + m->used, 1);
    if (m->index_size)
        __builtin_prefetch(&m->index[hash & mask_of(m)], 1);
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
    for (uint32_t at = 0; m && at < m->used; at = next_at(m, at))
        take(member_at(m, at), context);
}

void members_free(struct members *m, struct pool *pool)
{
    if (!m)
        return;
    if (m->index_size)
        pool_put(pool, m->index, index_bytes(m->index_size));
    pool_put(pool, m, (size_t)1 << m->size);
}
