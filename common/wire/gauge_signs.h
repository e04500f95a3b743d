/* gauge_signs: notices gauges whose negative values may be meant as values, but are deltas.
 *
 * Most clients send a gauge of -5 as `g:-5|g`, which subtracts 5. Used like that, a gauge gets many
 * negative deltas and never a value, nor a delta with a `+`, which a client sends only if it means
 * a delta. So a value or a `+` settles a gauge, which sets one bit in a table, at the hash of its
 * name. Negative deltas of gauges that are not settled are counted in a small table, also by hash;
 * a gauge keeps its entry until others have needed it very often in a row. At GAUGE_SIGNS_MANY
 * deltas the gauge is reported and settled. If two gauges share a bit, a report can be missing (one
 * in a hundred with 5000 gauges), but none can be wrong.
 *
 * Noting every value makes the fast path a tenth slower. So after GAUGE_SIGNS_DOZE lines without
 * any delta, values are not noted until a delta comes. */
#ifndef WIRE_GAUGE_SIGNS_H
#define WIRE_GAUGE_SIGNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/span.h"

enum {
    GAUGE_SIGNS_MANY = 100,     /* negative deltas */
    GAUGE_SIGNS_REPORTS = 5,    /* gauges that are reported */
    GAUGE_SIGNS_BITS = 1 << 19, /* a power of two, as is the next */
    GAUGE_SIGNS_ENTRIES = 1 << 10,
    GAUGE_SIGNS_DOZE = 1 << 20,
};

/* Its insides are its own. */
struct gauge_signs {
    struct hash_seed seed;
    unsigned reported;
    uint64_t settled[GAUGE_SIGNS_BITS / 64];
    struct gauge_signs_entry {
        uint32_t check; /* the part of the hash that did not choose the entry */
        uint16_t count; /* negative deltas; 0: the entry is free */
        uint16_t asked; /* how often others have asked for it since the last */
    } entries[GAUGE_SIGNS_ENTRIES];
};

/* Returns one, to be freed with free(3). */
struct gauge_signs *gauge_signs_new(void);

/* The gauge of that name, as a record has it but not escaped, has been given a value. */
static inline void gauge_signs_settle(struct gauge_signs *g, struct span name)
{
    uint64_t hash = hash_bytes(&g->seed, name.text, name.length, 0);
    g->settled[hash % GAUGE_SIGNS_BITS / 64] |= UINT64_C(1) << hash % 64;
}

/* The gauge has been given a delta. True if it is to be reported: once for a gauge, and for
 * GAUGE_SIGNS_REPORTS gauges at most. */
bool gauge_signs_delta(struct gauge_signs *g, struct span name, bool is_negative);

#endif
