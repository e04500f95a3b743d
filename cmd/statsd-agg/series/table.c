#include "series/table.h"

#include <stdlib.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "format/record.h"
#include "samples/hugepages.h"

enum { FIRST_INDEX = 1 << 10, LARGE_INDEX = 1 << 20, HOLES_WORTH_CLOSING = 1024 };

struct alias {
    char *text;
    size_t length;
    enum family family;
    uint32_t slot;
};

void table_init(struct table *t, uint32_t most)
{
    *t = (struct table){
        .mask = FIRST_INDEX - 1, .slot_mask = FIRST_INDEX - 1, .seed = hash_seed_random(), .most = most
    };
    t->index = xcalloc(FIRST_INDEX, sizeof *t->index);
    tagging_scratch_init(&t->scratch);
    tagging_scratch_init(&t->tagged);
}

static void clear_aliases(struct table *t)
{
    for (size_t i = 0; t->aliases && i < TABLE_ALIASES; i++)
        free(t->aliases[i].text);
    free(t->aliases);
    t->aliases = NULL;
}

void table_free(struct table *t)
{
    clear_aliases(t);
    rests_free(&t->rests);
    ends_free(&t->ends);
    tagging_free(&t->tagging);
    tagging_scratch_free(&t->scratch);
    tagging_scratch_free(&t->tagged);
    overflow_free(&t->overflow);
    free(t->index);
    free(t->slots_memory);
}

/* The slot of an index entry. */
static uint32_t slot_of(const struct table *t, uint32_t entry)
{
    return (entry & t->slot_mask) - 1;
}

/* The index entry of a slot whose series has the hash. */
static uint32_t entry_of(const struct table *t, uint32_t hash, uint32_t slot)
{
    return (hash & ~t->slot_mask) | (slot + 1);
}

static uint32_t hash_of(struct table *t, uint32_t slot)
{
    const struct slot *s = &t->slots[slot];
    return table_hash(t, slot_name(t, s, &t->tagged), (enum family)s->family);
}

/* The series' place in the index, or the free place where it belongs. */
static uint32_t probe(const struct table *t, const struct series_key *key)
{
    uint32_t place = key->hash & t->mask;
    for (uint32_t entry; (entry = t->index[place]) != 0; place = (place + 1) & t->mask)
        if (!((entry ^ key->hash) & ~t->slot_mask) &&
            slot_is(t, &t->slots[slot_of(t, entry)], key->series, key->family))
            break;
    return place;
}

/* The names are hashed again, so that the index needs no room for their hashes and the old one can
 * go before the new one comes. */
static void grow_index(struct table *t)
{
    free(t->index);
    t->mask = t->mask * 2 + 1;
    t->index = hugepages_calloc((size_t)t->mask + 1, sizeof *t->index);
    for (uint32_t slot = 0; slot < t->count; slot++) {
        if (!t->slots[slot].is_known)
            continue;
        uint32_t hash = hash_of(t, slot), place = hash & t->mask;
        while (t->index[place])
            place = (place + 1) & t->mask;
        t->index[place] = entry_of(t, hash, slot);
    }
}

/* Leaves the entries' bits to the slots' numbers that these may need. */
static void widen_entries(struct table *t)
{
    const uint32_t slot_mask = UINT32_MAX >> __builtin_clz(t->capacity);
    for (uint64_t i = 0; slot_mask != t->slot_mask && i <= t->mask; i++)
        t->index[i] = (t->index[i] & ~slot_mask) | (t->index[i] & t->slot_mask);
    t->slot_mask = slot_mask;
}

/* Reallocated memory may have another offset from a cache line's start than before. */
static void grow_slots(struct table *t)
{
    size_t before = t->slots_memory ? (size_t)((char *)t->slots - (char *)t->slots_memory) : 0;
    uint64_t capacity = t->capacity ? (uint64_t)t->capacity + t->capacity / 2 : FIRST_INDEX;
    t->capacity = capacity < TABLE_MAX_SLOTS ? (uint32_t)capacity : TABLE_MAX_SLOTS;
    size_t size = ((size_t)t->capacity + 1) * SLOT_SIZE;
    t->slots_memory = hugepages_grow(t->slots_memory, before + (size_t)t->count * SLOT_SIZE, size);
    size_t after = -(uintptr_t)t->slots_memory & (SLOT_SIZE - 1);
    if (after != before)
        memmove((char *)t->slots_memory + after, (char *)t->slots_memory + before, (size_t)t->count * SLOT_SIZE);
    t->slots = (void *)((char *)t->slots_memory + after);
    widen_entries(t);
}

static void put_name(struct table *t, struct slot *s, struct span name)
{
    if (name.length <= SLOT_NEAR) {
        s->near_length = (unsigned)name.length & SLOT_LONG;
        memcpy(s->name.near, name.text, name.length);
        return;
    }
    s->near_length = SLOT_LONG;
    memcpy(s->name.head, name.text, SLOT_HEAD);
    s->name.rest = rests_put(&t->rests, &t->seed, (struct span){ name.text + SLOT_HEAD, name.length - SLOT_HEAD });
    t->long_names++;
}

static uint32_t new_slot(struct table *t, const struct series_key *key)
{
    if (t->count >= TABLE_MAX_SLOTS)
        die("too many series");
    if (t->count == t->capacity)
        grow_slots(t);
    struct slot *s = &t->slots[t->count];
    *s = (struct slot){ .family = (unsigned)key->family & 3, .is_known = 1, .last_end = ENDS_NEVER };
    put_name(t, s, key->series);
    t->known++;
    return t->count++;
}

/* A half-full index is quick to search. Three quarters are worth it when it has many megabytes. */
static bool is_crowded(const struct table *t)
{
    return (uint64_t)t->known * 4 > ((uint64_t)t->mask + 1) * (t->mask < LARGE_INDEX ? 2 : 3);
}

/* Creates a series at its free place in the index; -1 when the table is full. */
static int64_t add_at(struct table *t, uint32_t place, const struct series_key *key)
{
    if (t->known >= t->most)
        return -1;
    uint32_t slot = new_slot(t, key);
    t->index[place] = entry_of(t, key->hash, slot);
    if (is_crowded(t))
        grow_index(t);
    return slot;
}

static struct alias *alias_place(struct table *t, const struct series_key *key)
{
    if (!t->aliases)
        t->aliases = xcalloc(TABLE_ALIASES, sizeof *t->aliases);
    return &t->aliases[key->hash % TABLE_ALIASES];
}

/* The slot of a series that is kept as it is without the tags of --tag, or with them. */
static int64_t find_either(struct table *t, const struct series_key *key, struct span bare, struct span tagged,
                           bool make)
{
    const bool is_tagged = span_equal(key->series, tagged);
    struct series_key forms[2] = { table_key(t, bare, key->family), table_key(t, tagged, key->family) };
    for (size_t i = 0; i < 2; i++) {
        uint32_t place = probe(t, &forms[i]);
        if (t->index[place])
            return slot_of(t, t->index[place]);
    }
    const struct series_key *form = &forms[is_tagged];
    return make ? add_at(t, probe(t, form), form) : -1;
}

/* A series whose bytes are not known may still be a known one: its tags may be in another order, or
 * some of them among those of --tag. Finds it by its canonical form. */
static int64_t find_canonical(struct table *t, const struct series_key *key, bool make)
{
    struct alias *alias = alias_place(t, key);
    if (alias->text && alias->family == key->family && t->slots[alias->slot].is_known &&
        span_equal((struct span){ alias->text, alias->length }, key->series))
        return alias->slot;
    struct span bare = tagging_without(&t->scratch, key->series, &t->tagging);
    int64_t slot = find_either(t, key, bare, table_series_of(t, bare, &t->tagged), make);
    if (slot >= 0 && !slot_is(t, &t->slots[slot], key->series, key->family)) {
        free(alias->text);
        *alias = (struct alias){ xstrndup(key->series.text, key->series.length), key->series.length, key->family,
                                 (uint32_t)slot };
    }
    return slot;
}

/* Escaping and the tags of --tag make the canonical form longer. */
bool table_is_too_long(struct table *t, struct span series)
{
    if (2 * (series.length + t->tagging.length) <= TABLE_MAX_NAME)
        return false;
    if (series.length <= TABLE_MAX_NAME && (t->tagging.length || !record_is_canonical(series)))
        series = table_series_of(t, tagging_without(&t->scratch, series, &t->tagging), &t->tagged);
    return series.length > TABLE_MAX_NAME;
}

static int64_t find(struct table *t, const struct series_key *key, bool make)
{
    uint32_t place = probe(t, key);
    if (t->index[place])
        return slot_of(t, t->index[place]);
    if (t->tagging.length || !record_is_canonical(key->series))
        return find_canonical(t, key, make);
    return make ? add_at(t, place, key) : -1;
}

int64_t table_find(struct table *t, const struct series_key *key)
{
    return find(t, key, false);
}

int64_t table_get(struct table *t, const struct series_key *key)
{
    return find(t, key, true);
}

/* Removes an entry from the index and moves up the entries that linear probing had displaced
 * (Knuth, vol. 3, 6.4, algorithm R). */
static void unlink_entry(struct table *t, uint32_t hole)
{
    uint32_t place = hole;
    for (;;) {
        place = (place + 1) & t->mask;
        uint32_t entry = t->index[place];
        if (!entry)
            break;
        uint32_t home = hash_of(t, slot_of(t, entry)) & t->mask;
        if (((place - home) & t->mask) >= ((place - hole) & t->mask)) {
            t->index[hole] = entry;
            hole = place;
        }
    }
    t->index[hole] = 0;
}

void table_forget(struct table *t, uint32_t slot)
{
    struct slot *s = &t->slots[slot];
    const struct series_key key = table_key(t, slot_name(t, s, &t->scratch), (enum family)s->family);
    unlink_entry(t, probe(t, &key));
    s->is_known = 0;
    t->known--;
}

void table_release(struct table *t, uint32_t slot)
{
    struct slot *s = &t->slots[slot];
    t->long_released += s->near_length == SLOT_LONG;
    t->long_names -= s->near_length == SLOT_LONG;
    s->near_length = 0;
}

/* Copies the rests that are still in use. */
static void compact_rests(struct table *t)
{
    struct rests old = t->rests;
    t->rests = (struct rests){ .bytes = NULL };
    t->long_released = 0;
    for (uint32_t i = 0; i < t->count; i++)
        if (t->slots[i].near_length == SLOT_LONG)
            t->slots[i].name.rest = rests_put(&t->rests, &t->seed, rests_get(&old, t->slots[i].name.rest));
    rests_free(&old);
}

uint32_t *table_compact(struct table *t)
{
    uint32_t holes = t->count - t->known;
    if (holes < HOLES_WORTH_CLOSING || holes < t->known)
        return NULL;
    uint32_t *moved = xreallocarray(NULL, t->count, sizeof *moved);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        moved[i] = kept;
        if (!t->slots[i].near_length)
            continue;
        t->slots[kept++] = t->slots[i];
    }
    t->count = kept;
    for (uint64_t i = 0; i <= t->mask; i++)
        if (t->index[i])
            t->index[i] = entry_of(t, t->index[i], moved[slot_of(t, t->index[i])]);
    if (t->long_released > t->long_names)
        compact_rests(t);
    overflow_renumber(&t->overflow, moved);
    clear_aliases(t);
    return moved;
}

static void renumber_ends(struct table *t)
{
    bool *is_used = xcalloc((size_t)t->ends.count + 1, sizeof *is_used);
    for (uint32_t i = 0; i < t->count; i++)
        is_used[t->slots[i].last_end] = true;
    uint32_t *renumbered = ends_renumber(&t->ends, is_used);
    for (uint32_t i = 0; i < t->count; i++)
        t->slots[i].last_end = renumbered[t->slots[i].last_end];
    free(renumbered);
    free(is_used);
}

void table_set_last_end(struct table *t, struct slot *s, int64_t end)
{
    if (ends_are_many(&t->ends, t->count))
        renumber_ends(t);
    s->last_end = ends_number(&t->ends, end);
}
