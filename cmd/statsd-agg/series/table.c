#include "series/table.h"

#include <stdlib.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "format/record.h"
#include "samples/hugepages.h"

enum { BLOCK_SIZE = 1 << 21, FIRST_INDEX = 1 << 10, LARGE_INDEX = 1 << 20, HOLES_WORTH_CLOSING = 1024 };

/* Long names are kept in blocks, which never move. */
struct block {
    struct block *before;
    size_t used, capacity;
    char bytes[];
};

struct alias {
    char *text;
    size_t length;
    enum family family;
    uint32_t slot;
};

void table_init(struct table *t, uint32_t most)
{
    *t = (struct table){ .mask = FIRST_INDEX - 1, .seed = hash_seed_random(), .most = most };
    t->index = xcalloc(FIRST_INDEX, sizeof *t->index);
    tagging_scratch_init(&t->scratch);
    tagging_scratch_init(&t->tagged);
}

static void free_blocks(struct block *b)
{
    while (b) {
        struct block *before = b->before;
        free(b);
        b = before;
    }
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
    free_blocks(t->names);
    tagging_free(&t->tagging);
    tagging_scratch_free(&t->scratch);
    tagging_scratch_free(&t->tagged);
    overflow_free(&t->overflow);
    free(t->index);
    free(t->slots_memory);
    free(t->history);
}

static const char *keep_name(struct table *t, struct span name)
{
    if (!t->names || t->names->capacity - t->names->used < name.length) {
        size_t capacity = name.length > BLOCK_SIZE / 4 ? name.length : BLOCK_SIZE;
        struct block *block = hugepages_reallocarray(NULL, 1, sizeof *block + capacity);
        block->before = t->names;
        block->used = 0;
        block->capacity = capacity;
        t->names = block;
    }
    char *copy = t->names->bytes + t->names->used;
    memcpy(copy, name.text, name.length);
    t->names->used += name.length;
    t->names_used += name.length;
    return copy;
}

/* The series' place in the index, or the free place where it belongs. */
static uint64_t probe(const struct table *t, const struct series_key *key)
{
    uint64_t place = key->hash & t->mask;
    for (uint64_t entry; (entry = t->index[place]) != 0; place = (place + 1) & t->mask)
        if (entry >> 32 == key->hash && slot_is(&t->slots[(uint32_t)entry - 1], key->series, key->family))
            break;
    return place;
}

static void insert(uint64_t *index, uint64_t mask, uint64_t entry)
{
    uint64_t place = (entry >> 32) & mask;
    while (index[place])
        place = (place + 1) & mask;
    index[place] = entry;
}

static void grow_index(struct table *t)
{
    uint64_t mask = t->mask * 2 + 1;
    uint64_t *index = hugepages_calloc(mask + 1, sizeof *index);
    for (uint64_t i = 0; i <= t->mask; i++)
        if (t->index[i])
            insert(index, mask, t->index[i]);
    free(t->index);
    t->index = index;
    t->mask = mask;
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
    t->history = hugepages_reallocarray(t->history, t->capacity, sizeof *t->history);
}

static uint32_t new_slot(struct table *t, const struct series_key *key)
{
    if (t->count >= TABLE_MAX_SLOTS)
        die("too many series");
    if (t->count == t->capacity)
        grow_slots(t);
    struct slot *s = &t->slots[t->count];
    *s = (struct slot){
        .name_length = (unsigned)key->series.length & TABLE_MAX_NAME,
        .family = (unsigned)key->family & 3,
        .is_known = 1,
    };
    if (key->series.length <= SLOT_NEAR)
        memcpy(s->name.near, key->series.text, key->series.length);
    else
        s->name.far = keep_name(t, key->series);
    t->history[t->count] = (struct history){ .last_end = NEVER };
    t->known++;
    return t->count++;
}

/* A half-full index is quick to search. Three quarters are worth it when it has many megabytes. */
static bool is_crowded(const struct table *t)
{
    return (uint64_t)t->known * 4 > (t->mask + 1) * (t->mask < LARGE_INDEX ? 2 : 3);
}

/* Creates a series at its free place in the index; -1 when the table is full. */
static int64_t add_at(struct table *t, uint64_t place, const struct series_key *key)
{
    if (t->known >= t->most)
        return -1;
    uint32_t slot = new_slot(t, key);
    t->index[place] = (uint64_t)key->hash << 32 | (slot + 1);
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
        uint64_t place = probe(t, &forms[i]);
        if (t->index[place])
            return (uint32_t)t->index[place] - 1;
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
    if (slot >= 0 && !span_equal(slot_name(&t->slots[slot]), key->series)) {
        free(alias->text);
        *alias = (struct alias){ xstrndup(key->series.text, key->series.length), key->series.length, key->family,
                                 (uint32_t)slot };
    }
    return slot;
}

/* What is escaped, or should be, is left to find_canonical. */
static bool may_be_uncanonical(struct span series)
{
    enum { TAGS = 1, ESCAPES = 2 };
    static const unsigned char suspects[256] = { [';'] = TAGS, ['\\'] = ESCAPES, ['\r'] = ESCAPES, ['\0'] = ESCAPES };
    unsigned found = 0;
    for (size_t i = 0; i < series.length; i++)
        found |= suspects[(unsigned char)series.text[i]];
    return found & ESCAPES || (found && !series_is_canonical(series));
}

/* Escaping and the tags of --tag make the canonical form longer. */
bool table_is_too_long(struct table *t, struct span series)
{
    if (2 * (series.length + t->tagging.length) <= TABLE_MAX_NAME)
        return false;
    if (series.length <= TABLE_MAX_NAME && (t->tagging.length || may_be_uncanonical(series)))
        series = table_series_of(t, tagging_without(&t->scratch, series, &t->tagging), &t->tagged);
    return series.length > TABLE_MAX_NAME;
}

static int64_t find(struct table *t, const struct series_key *key, bool make)
{
    uint64_t place = probe(t, key);
    if (t->index[place])
        return (uint32_t)t->index[place] - 1;
    if (t->tagging.length || may_be_uncanonical(key->series))
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
static void unlink_entry(struct table *t, uint64_t hole)
{
    uint64_t place = hole;
    for (;;) {
        place = (place + 1) & t->mask;
        uint64_t entry = t->index[place];
        if (!entry)
            break;
        uint64_t home = (entry >> 32) & t->mask;
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
    const struct series_key key = table_key(t, slot_name(s), (enum family)s->family);
    unlink_entry(t, probe(t, &key));
    s->is_known = 0;
    t->known--;
}

void table_release(struct table *t, uint32_t slot)
{
    struct slot *s = &t->slots[slot];
    t->names_dead += s->name_length > SLOT_NEAR ? s->name_length : 0;
    s->name_length = 0;
}

/* Copies the names that are still in use into new blocks. */
static void compact_names(struct table *t)
{
    struct block *old = t->names;
    t->names = NULL;
    t->names_used = t->names_dead = 0;
    for (uint32_t i = 0; i < t->count; i++)
        if (t->slots[i].name_length > SLOT_NEAR)
            t->slots[i].name.far = keep_name(t, slot_name(&t->slots[i]));
    free_blocks(old);
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
        if (!t->slots[i].name_length)
            continue;
        t->history[kept] = t->history[i];
        t->slots[kept++] = t->slots[i];
    }
    t->count = kept;
    for (uint64_t i = 0; i <= t->mask; i++)
        if (t->index[i])
            t->index[i] = (t->index[i] >> 32) << 32 | (moved[(uint32_t)t->index[i] - 1] + 1);
    if (t->names_dead * 2 > t->names_used)
        compact_names(t);
    overflow_renumber(&t->overflow, moved);
    clear_aliases(t);
    return moved;
}
