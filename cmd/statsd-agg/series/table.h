/* table: the known series, with the data of each that outlives an interval.
 *
 * A slot is a series of one family. Slots are numbered in the order of first appearance, which is
 * the order of output. A forgotten slot leaves a hole, which table_compact closes. The table owns
 * the names' bytes. */
#ifndef SERIES_TABLE_H
#define SERIES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/simd.h"
#include "base/span.h"
#include "filter/options.h"
#include "samples/cell.h"
#include "samples/family.h"
#include "series/ends.h"
#include "series/overflow.h"
#include "series/rests.h"
#include "series/tagging.h"

/* A slot is one cache line with all of its series but the samples, including a name of up to
 * SLOT_NEAR bytes. A longer one has its first SLOT_HEAD bytes there. */
enum { SLOT_SIZE = 64, SLOT_NEAR = 32, SLOT_HEAD = 28, SLOT_LONG = 63, SLOT_MOST_OPEN = (1 << 21) - 1 };

/* The part of a slot that, but for the last two, is compared in one step with the series that is
 * looked for. */
union identity {
    struct {
        uint32_t near_length : 6; /* of a name; or SLOT_LONG; 0 once released */
        uint32_t family : 2;
        uint32_t is_known : 1;    /* it is found by its name; false once forgotten */
        uint32_t row_kind : 2;    /* of the flush in progress: ROWS_..., see flush.h */
        uint32_t open_cells : 21; /* how many open intervals have samples of it; SLOT_MOST_OPEN: too many to count */
    };
    uint32_t all;
};

struct slot {
    union {
        struct {
            uint32_t near_length : 6; /* as in identity */
            uint32_t family : 2;
            uint32_t is_known : 1;
            uint32_t row_kind : 2;
            uint32_t open_cells : 21;
        };
        union identity identity;
    };
    uint32_t last_end; /* the number of the end of the last closed interval with samples of it: table_last_end */
    struct cell cell;  /* that of the interval begun last; see interval.h. A gauge's has its value before, always */
    union {
        char near[SLOT_NEAR]; /* a name that fits */
        struct {
            char head[SLOT_HEAD]; /* of a longer one */
            uint32_t rest;        /* its place in the table's rests */
        };
    } name;
};
_Static_assert(sizeof(struct slot) == SLOT_SIZE, "a slot is a cache line");

/* One more interval has a cell of the slot, or one less. A slot with more than can be counted is
 * never idle again. */
static inline void slot_open_cell(struct slot *s)
{
    if (s->open_cells < SLOT_MOST_OPEN)
        s->open_cells = (s->open_cells + 1u) & SLOT_MOST_OPEN;
}

static inline void slot_close_cell(struct slot *s)
{
    if (s->open_cells < SLOT_MOST_OPEN)
        s->open_cells = (s->open_cells - 1u) & SLOT_MOST_OPEN;
}

enum { TABLE_MAX_SLOTS = UINT32_MAX - 16, TABLE_MAX_NAME = (1 << 29) - 1, TABLE_ALIASES = 1 << 14 };
#define TABLE_TOO_LONG "expected a series of at most 536870911 bytes"

/* Known series and, between two flushes, as many holes. */
_Static_assert((uint64_t)FILTER_SERIES_MAX * 2 < TABLE_MAX_SLOTS, "--max-series allows more slots than there are");

struct table {
    struct slot *slots; /* aligned to SLOT_SIZE, in slots_memory */
    void *slots_memory;
    struct rests rests;       /* of long names */
    struct ends ends;         /* of slots */
    uint32_t count, capacity; /* slots in use, holes included */
    uint32_t known;           /* slots whose is_known is set */
    uint32_t most;            /* --max-series */
    struct overflow overflow; /* cells that have no room in their slots */
    uint32_t *index;          /* open addressing: the slot + 1 and, above slot_mask, bits of the hash; 0: free */
    uint32_t mask, slot_mask;
    struct hash_seed seed;
    uint32_t long_names, long_released; /* slots with a long name; and released since the rests were made */
    struct tagging tagging;             /* the tags of --tag */
    struct tagging_scratch scratch, tagged;
    struct alias *aliases; /* a cache: series that are not in canonical form → slot */
};

/* most: how many series may be known at the same time. */
void table_init(struct table *t, uint32_t most);
void table_free(struct table *t);

/* The name, escaped and canonical, either with all tags of --tag or with none that it adds: as it
 * came first. Empty once released. Valid until the next call with the scratch, until a series is
 * created, or until table_compact is called. */
static inline struct span slot_name(const struct table *t, const struct slot *s, struct tagging_scratch *scratch)
{
    if (s->near_length != SLOT_LONG)
        return (struct span){ s->name.near, s->near_length };
    return tagging_join(scratch, (struct span){ s->name.head, SLOT_HEAD }, rests_get(&t->rests, s->name.rest));
}

/* The end (ms) of the last closed interval with samples of the slot, or NEVER. */
static inline int64_t table_last_end(const struct table *t, const struct slot *s)
{
    return ends_time(&t->ends, s->last_end);
}
void table_set_last_end(struct table *t, struct slot *s, int64_t end);

/* The series of that name with the tags of --tag, as it is written. Valid until the next call with
 * the scratch, and no longer than the name. */
static inline struct span table_series_of(const struct table *t, struct span name, struct tagging_scratch *scratch)
{
    return tagging_with(scratch, name, (struct span){ t->tagging.text, t->tagging.length }, SPAN(""));
}

/* The same for the name of a slot. */
static inline struct span table_series(const struct table *t, const struct slot *s, struct tagging_scratch *scratch)
{
    return table_series_of(t, slot_name(t, s, scratch), scratch);
}

/* What a series is found by. `series` is as in a record: escaped, its tags perhaps out of order or
 * repeated, and with or without those of --tag. It must not be table_is_too_long. */
struct series_key {
    struct span series;
    enum family family;
    uint32_t hash; /* table_hash */
};

static inline uint32_t table_hash(const struct table *t, struct span series, enum family family)
{
    return (uint32_t)(hash_bytes(&t->seed, series.text, series.length, family) >> 32);
}

static inline struct series_key table_key(const struct table *t, struct span series, enum family family)
{
    return (struct series_key){ series, family, table_hash(t, series, family) };
}

/* True when the series is longer than TABLE_MAX_NAME, as it is or in its canonical form. */
bool table_is_too_long(struct table *t, struct span series);

/* The slot of a series, or -1 when it is not known. */
int64_t table_find(struct table *t, const struct series_key *key);

/* The same, but creates the series when it is not known; -1 when the table is full. */
int64_t table_get(struct table *t, const struct series_key *key);

/* Prefetches the index entry where a series of that hash is looked for first. */
static inline void table_fetch(const struct table *t, uint32_t hash)
{
    __builtin_prefetch(&t->index[hash & t->mask]);
}

/* The first slot whose index entry agrees with the hash, or TABLE_NO_SLOT. It is nearly always the
 * series' own, but only a guess: for prefetching, and for table_confirm. */
enum { TABLE_NO_SLOT = UINT32_MAX };

static inline uint32_t table_guess(const struct table *t, uint32_t hash)
{
    uint32_t place = hash & t->mask;
    /* In every fifth search the first entry is another series', which no branch can foresee. */
    place = (place + !!((t->index[place] ^ hash) & ~t->slot_mask)) & t->mask;
    for (uint32_t entry; (entry = t->index[place]) != 0; place = (place + 1) & t->mask)
        if (!((entry ^ hash) & ~t->slot_mask))
            return (entry & t->slot_mask) - 1;
    return TABLE_NO_SLOT;
}

/* Compares names. Most have 16 to 32 bytes; those need no call and no loop. */
static inline bool table_same_name(const char *a, const char *b, size_t length)
{
    if (length < 16 || length > 32)
        return memcmp(a, b, length) == 0;
    uint64_t front = (word_load(a) ^ word_load(b)) | (word_load(a + 8) ^ word_load(b + 8));
    a += length - 16;
    b += length - 16;
    return !(front | (word_load(a) ^ word_load(b)) | (word_load(a + 8) ^ word_load(b + 8)));
}

/* The same for a name that is longer than SLOT_NEAR. */
static inline bool table_same_long_name(const struct table *t, const struct slot *s, struct span series)
{
    const char *head = s->name.head, *text = series.text;
    uint64_t differences = (word_load(head) ^ word_load(text)) | (word_load(head + 8) ^ word_load(text + 8));
    differences |= word_load(head + 16) ^ word_load(text + 16);
    differences |= word_load(head + SLOT_HEAD - 8) ^ word_load(text + SLOT_HEAD - 8);
    if (differences)
        return false;
    struct span rest = rests_get(&t->rests, s->name.rest);
    if (rest.length != series.length - SLOT_HEAD)
        return false;
    return rest.length < SIMD_BLOCK ? memcmp(rest.text, text + SLOT_HEAD, rest.length) == 0
                                    : simd_same(rest.text, text + SLOT_HEAD, rest.length);
}

/* True when the slot is that of the series; at most one known slot is. */
static inline bool slot_is(const struct table *t, const struct slot *s, struct span series, enum family family)
{
    const union identity compared = { { SLOT_LONG, 3, 1, 0, 0 } };
    bool is_long = series.length > SLOT_NEAR;
    uint32_t near_length = is_long ? SLOT_LONG : (uint32_t)series.length & SLOT_LONG;
    const union identity wanted = { { near_length & SLOT_LONG, (uint32_t)family & 3, 1, 0, 0 } };
    if ((s->identity.all ^ wanted.all) & compared.all)
        return false;
    return is_long ? table_same_long_name(t, s, series) : table_same_name(s->name.near, series.text, series.length);
}

/* The guessed slot if it is the series', or NULL. The guess may be as old as it likes. */
static inline struct slot *table_confirm(const struct table *t, uint32_t guess, struct span series, enum family family)
{
    if (guess >= t->count)
        return NULL;
    struct slot *s = &t->slots[guess];
    return slot_is(t, s, series, family) ? s : NULL;
}

/* table_forget: the slot is no longer found, but keeps its name for a flush that has yet to write
 * it. table_release then makes it a hole. */
void table_forget(struct table *t, uint32_t slot);
void table_release(struct table *t, uint32_t slot);

/* Closes the holes when there are many and returns moved, to be freed by the caller: moved[old
 * slot] is the new slot. Returns NULL when it changed nothing. */
uint32_t *table_compact(struct table *t);

#endif
