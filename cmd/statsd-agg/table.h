/* table: which series are known, and what of each outlives an interval.
 *
 * A slot is a series and a family. Slots are numbered in the order of first appearance, which is the order of output;
 * a forgotten one leaves a hole that table_compact closes. The table owns the names' bytes. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "family.h"
#include "hash.h"
#include "span.h"
#include "tagging.h"

/* An end of no interval: the slot has had no sample in a closed one. */
#define NEVER INT64_MIN

struct slot {
    const char *name; /* escaped, canonical; NULL once released */
    uint32_t name_length : 29;
    uint32_t family : 2;
    uint32_t is_known : 1; /* it is found by its name */
    uint32_t interval;     /* serial of the interval that `cell` belongs to */
    uint32_t cell;         /* where in that interval */
    uint32_t open_cells;   /* how many intervals that are not closed yet have samples of it */
    double gauge;          /* its last value */
    int64_t last_end;      /* ms: the end of the last closed interval that had samples of it, or NEVER */
};

enum { TABLE_MAX_SLOTS = UINT32_MAX - 16, TABLE_ALIASES = 1 << 14 };

struct table {
    struct slot *slots;
    uint32_t count, capacity; /* slots in use, holes included */
    uint32_t known;           /* those that are found by their names */
    uint32_t most;            /* how many may be known */
    uint64_t *index;          /* open addressing: 32 bits of hash, 32 bits of slot + 1; 0 is free */
    uint64_t mask;
    struct hash_seed seed;
    struct block *names; /* the arena of the names */
    size_t names_used, names_dead;
    struct tagging tagging; /* the tags every series gets (--tag), and scratch for canonical forms */
    struct alias *aliases;  /* series as somebody edited them → slot; a cache */
};

/* most: how many series may be known at a time. */
void table_init(struct table *t, uint32_t most);
void table_free(struct table *t);

/* What a series is found by: as it stands in a record (escaped; its tags perhaps out of order or given twice, and without
 * those it is given here). */
struct key {
    struct span series;
    enum family family;
    uint32_t hash;
};

static inline struct key table_key(const struct table *t, struct span series, enum family family)
{
    return (struct key){ series, family, (uint32_t)(hash_bytes(&t->seed, series.text, series.length, family) >> 32) };
}

/* The slot of a series, or -1 when it is not known. */
int64_t table_find(struct table *t, const struct key *key);

/* The same, and made when it is not known and the table is not full. */
int64_t table_get(struct table *t, const struct key *key);

/* The number of the slot whose entry in the index has the key's hash: nearly always the key's own, but a guess, for fetching
 * it before it is needed; TABLE_NO_SLOT when there is none. */
enum { TABLE_NO_SLOT = UINT32_MAX };

static inline uint32_t table_guess(const struct table *t, const struct key *key)
{
    uint64_t place = key->hash & t->mask;
    for (uint64_t entry; (entry = t->index[place]) != 0; place = (place + 1) & t->mask)
        if (entry >> 32 == key->hash)
            return (uint32_t)entry - 1;
    return TABLE_NO_SLOT;
}

/* True when a guess, however old, is the key's slot: there is only one that is known by that name. */
static inline bool table_is(const struct table *t, uint32_t guess, const struct key *key)
{
    if (guess >= t->count)
        return false;
    const struct slot *s = &t->slots[guess];
    return s->name_length == key->series.length && s->family == key->family && s->is_known &&
           memcmp(s->name, key->series.text, key->series.length) == 0;
}

/* Forgets a slot: it is no longer found. Its name stays, for who has yet to write it, until table_release makes the slot a
 * hole. */
void table_forget(struct table *t, uint32_t slot);
void table_release(struct table *t, uint32_t slot);

/* Closes the holes when there are many. Returns NULL when it left things as they were, else an array, to be freed by the
 * caller, that gives each old slot's new number. */
uint32_t *table_compact(struct table *t);

#endif
