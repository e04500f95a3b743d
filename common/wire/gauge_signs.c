#include "wire/gauge_signs.h"

#include "base/xalloc.h"

struct gauge_signs *gauge_signs_new(void)
{
    struct gauge_signs *g = xcalloc(1, sizeof *g);
    g->seed = hash_seed_random();
    return g;
}

static bool is_settled(const struct gauge_signs *g, uint64_t hash)
{
    return g->settled[hash % GAUGE_SIGNS_BITS / 64] >> hash % 64 & 1;
}

/* The gauge's entry, or NULL while it is another's. */
static struct gauge_signs_entry *find_entry(struct gauge_signs *g, uint64_t hash)
{
    struct gauge_signs_entry *e = &g->entries[hash / GAUGE_SIGNS_BITS % GAUGE_SIGNS_ENTRIES];
    uint32_t check = (uint32_t)(hash >> 32);
    if (e->count && e->check != check && ++e->asked != UINT16_MAX)
        return NULL;
    if (e->check != check)
        *e = (struct gauge_signs_entry){ .check = check };
    e->asked = 0;
    return e;
}

bool gauge_signs_delta(struct gauge_signs *g, struct span name, bool is_negative)
{
    uint64_t hash = hash_bytes(&g->seed, name.text, name.length, 0);
    if (g->reported == GAUGE_SIGNS_REPORTS || is_settled(g, hash))
        return false;
    if (!is_negative) {
        gauge_signs_settle(g, name);
        return false;
    }
    struct gauge_signs_entry *e = find_entry(g, hash);
    if (!e || ++e->count < GAUGE_SIGNS_MANY)
        return false;
    e->count = 0;
    gauge_signs_settle(g, name);
    g->reported++;
    return true;
}
