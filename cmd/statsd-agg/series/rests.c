#include "series/rests.h"

#include <stdlib.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "samples/hugepages.h"

enum { RECENT = 1 << 14, FIRST_BYTES = 1 << 12 };

void rests_free(struct rests *r)
{
    free(r->bytes);
    free(r->recent);
    *r = (struct rests){ .bytes = NULL };
}

static uint32_t keep(struct rests *r, struct span text)
{
    const uint32_t length = (uint32_t)text.length;
    const size_t size = (sizeof length + text.length + RESTS_UNIT - 1) / RESTS_UNIT * RESTS_UNIT;
    if ((r->used + size) / RESTS_UNIT >= UINT32_MAX)
        die("too many long names");
    if (r->used + size > r->capacity) {
        r->capacity = (r->used + size) / 2 * 3 + FIRST_BYTES;
        r->bytes = hugepages_reallocarray(r->bytes, r->capacity, 1);
    }
    char *to = r->bytes + r->used;
    memcpy(to, &length, sizeof length);
    memcpy(to + sizeof length, text.text, text.length);
    r->used += size;
    return (uint32_t)((size_t)(to - r->bytes) / RESTS_UNIT);
}

uint32_t rests_put(struct rests *r, const struct hash_seed *seed, struct span text)
{
    uint64_t hash = hash_bytes(seed, text.text, text.length, 0);
    if (!r->recent)
        r->recent = xcalloc(RECENT, sizeof *r->recent);
    uint64_t *recent = &r->recent[hash % RECENT];
    if (*recent && *recent >> 32 == hash >> 32 && span_equal(rests_get(r, (uint32_t)*recent - 1), text))
        return (uint32_t)*recent - 1;
    uint32_t place = keep(r, text);
    *recent = hash >> 32 << 32 | (place + 1);
    return place;
}
