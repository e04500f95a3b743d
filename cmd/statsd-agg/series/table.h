/* table: which series are known, and what of each outlives an interval.
 *
 * A slot is a series and a family. Slots are numbered in the order of first appearance, which is the order of output;
 * a forgotten one leaves a hole that table_compact closes. The table owns the names' bytes. */
#ifndef SERIES_TABLE_H
#define SERIES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/span.h"
#include "samples/cell.h"
#include "samples/family.h"
#include "series/overflow.h"
#include "series/tagging.h"

/* An end of no interval: the slot has had no sample in a closed one. */
#define NEVER INT64_MIN

/* What a record needs of its series, in one line of the cache, a name of usual length included. */
enum { SLOT_SIZE = 64, SLOT_NEAR = 32 };

/* What can be compared at once of a slot and a series looked for. */
union identity {
    struct {
        uint32_t name_length : 29; /* 0 once released */
        uint32_t family : 2;
        uint32_t is_known : 1; /* it is found by its name */
    };
    uint32_t all;
};

struct slot {
    union {
        struct {
            uint32_t name_length : 29; /* as in identity */
            uint32_t family : 2;
            uint32_t is_known : 1;
        };
        union identity identity;
    };
    uint32_t open_cells; /* how many intervals that are not closed yet have samples of it */
    struct cell cell;    /* one of its cells; see interval.h */
    union {
        char near[SLOT_NEAR]; /* up to so many bytes */
        const char *far;      /* more */
    } name;
};
_Static_assert(sizeof(struct slot) == SLOT_SIZE, "a slot is a line of the cache");

/* What of a slot is asked for when an interval closes. */
struct history {
    double gauge;     /* its value at the end of the last closed interval */
    int64_t last_end; /* ms: the end of the last closed interval that had samples of it, or NEVER */
};

/* The name, escaped and canonical; empty once released. It stays where it is until a series is made or table_compact called. */
static inline struct span slot_name(const struct slot *s)
{
    return (struct span){ s->name_length <= SLOT_NEAR ? s->name.near : s->name.far, s->name_length };
}

enum { TABLE_MAX_SLOTS = UINT32_MAX - 16, TABLE_MAX_NAME = (1 << 29) - 1, TABLE_ALIASES = 1 << 14 };

struct table {
    struct slot *slots; /* aligned to their size, in slots_memory */
    void *slots_memory;
    struct history *history;  /* of each slot */
    uint32_t count, capacity; /* slots in use, holes included */
    uint32_t known;           /* those that are found by their names */
    uint32_t most;            /* how many may be known */
    struct overflow overflow; /* the cells that slots have no place for */
    uint64_t *index;          /* open addressing: 32 bits of hash, 32 bits of slot + 1; 0 is free */
    uint64_t mask;
    struct hash_seed seed;
    struct block *names; /* the arena of the long names */
    size_t names_used, names_dead;
    struct tagging tagging; /* the tags every series gets (--tag), and scratch for canonical forms */
    struct alias *aliases;  /* series as somebody edited them → slot; a cache */
};

/* most: how many series may be known at a time. */
void table_init(struct table *t, uint32_t most);
void table_free(struct table *t);

/* What a series is found by: as it stands in a record (escaped; its tags perhaps out of order or given twice, and without
 * those it is given here). */
struct series_key {
    struct span series;
    enum family family;
    uint32_t hash;
};

static inline uint32_t table_hash(const struct table *t, struct span series, enum family family)
{
    return (uint32_t)(hash_bytes(&t->seed, series.text, series.length, family) >> 32);
}

static inline struct series_key table_key(const struct table *t, struct span series, enum family family)
{
    return (struct series_key){ series, family, table_hash(t, series, family) };
}

/* The slot of a series, or -1 when it is not known. */
int64_t table_find(struct table *t, const struct series_key *key);

/* The same, and made when it is not known and the table is not full. */
int64_t table_get(struct table *t, const struct series_key *key);

/* Where a series of that hash will be looked for first. */
static inline void table_fetch(const struct table *t, uint32_t hash)
{
    __builtin_prefetch(&t->index[hash & t->mask]);
}

/* The number of the slot whose entry in the index has the hash: nearly always the series' own, but a guess, for fetching it
 * before it is needed; TABLE_NO_SLOT when there is none. */
enum { TABLE_NO_SLOT = UINT32_MAX };

static inline uint32_t table_guess(const struct table *t, uint32_t hash)
{
    uint64_t place = hash & t->mask;
    for (uint64_t entry; (entry = t->index[place]) != 0; place = (place + 1) & t->mask)
        if (entry >> 32 == hash)
            return (uint32_t)entry - 1;
    return TABLE_NO_SLOT;
}

/* Equality of names, most of which have 16 to 32 bytes, without a call or a loop for those. */
static inline bool table_same_name(const char *a, const char *b, size_t length)
{
    if (length < 16 || length > 32)
        return memcmp(a, b, length) == 0;
    uint64_t front = (word_load(a) ^ word_load(b)) | (word_load(a + 8) ^ word_load(b + 8));
    a += length - 16;
    b += length - 16;
    return !(front | (word_load(a) ^ word_load(b)) | (word_load(a + 8) ^ word_load(b + 8)));
}

/* True when the slot is that of the series; there is only one that is known by that name. */
static inline bool slot_is(const struct slot *s, struct span series, enum family family)
{
    const union identity wanted = { { (uint32_t)series.length & TABLE_MAX_NAME, (uint32_t)family & 3, 1 } };
    return s->identity.all == wanted.all && table_same_name(slot_name(s).text, series.text, series.length);
}

/* The slot that has been guessed, however long ago, or NULL when it is not the series'. */
static inline struct slot *table_confirm(const struct table *t, uint32_t guess, struct span series, enum family family)
{
    if (guess >= t->count)
        return NULL;
    struct slot *s = &t->slots[guess];
    return slot_is(s, series, family) ? s : NULL;
}

/* Forgets a slot: it is no longer found. Its name stays, for who has yet to write it, until table_release makes the slot a
 * hole. */
void table_forget(struct table *t, uint32_t slot);
void table_release(struct table *t, uint32_t slot);

/* Closes the holes when there are many. Returns NULL when it left things as they were, else an array, to be freed by the
 * caller, that gives each old slot's new number. */
uint32_t *table_compact(struct table *t);

#endif
