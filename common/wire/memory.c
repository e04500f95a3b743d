#include "wire/memory.h"

#include <stdlib.h>

#include "base/xalloc.h"

/* No text is at offset 0. */
enum { FIRST_PLACES = 1 << 10, FIRST_BYTES = 1 << 14, FIRST_OFFSET = 1 };

void memory_init(struct wire_memory *m)
{
    *m = (struct wire_memory){ .seed = hash_seed_random(), .mask = FIRST_PLACES - 1, .length = FIRST_OFFSET };
    m->places = xcalloc(FIRST_PLACES, sizeof *m->places);
    m->notes = xcalloc(MEMORY_NOTES, sizeof *m->notes);
}

void memory_free(struct wire_memory *m)
{
    free(m->places);
    free(m->notes);
    free(m->bytes);
}

static void forget_all(struct wire_memory *m)
{
    memset(m->places, 0, ((size_t)m->mask + 1) * sizeof *m->places);
    m->used = 0;
    m->length = FIRST_OFFSET;
}

static void put(uint64_t *places, uint32_t mask, uint64_t place)
{
    uint32_t i = (uint32_t)(place >> 32) & mask;
    while (places[i])
        i = (i + 1) & mask;
    places[i] = place;
}

static void grow_places(struct wire_memory *m)
{
    uint32_t mask = m->mask * 2 + 1;
    uint64_t *places = xcalloc((size_t)mask + 1, sizeof *places);
    for (uint32_t i = 0; i <= m->mask; i++)
        if (m->places[i])
            put(places, mask, m->places[i]);
    free(m->places);
    m->places = places;
    m->mask = mask;
}

/* The offset of room for size bytes; 0 if there is none. */
static uint32_t reserve(struct wire_memory *m, size_t size)
{
    if (m->length + size > MEMORY_BYTES)
        return 0;
    if (m->length + size > m->capacity) {
        m->capacity = m->capacity ? m->capacity : FIRST_BYTES;
        while (m->length + size > m->capacity)
            m->capacity *= 2;
        m->bytes = xreallocarray(m->bytes, (size_t)m->capacity + MEMORY_SLACK, 1);
    }
    uint32_t at = m->length;
    m->length += (uint32_t)size;
    return at;
}

/* Keeps the text. Returns its offset, or 0 when the memory is full. */
static uint32_t keep(struct wire_memory *m, struct span text, struct span result)
{
    const struct memory_lengths lengths = { (uint16_t)text.length, (uint16_t)result.length };
    uint32_t at = reserve(m, sizeof lengths + text.length + result.length);
    if (!at)
        return 0;
    char *to = m->bytes + at;
    memcpy(to, &lengths, sizeof lengths);
    memcpy(to + sizeof lengths, text.text, text.length);
    memcpy(to + sizeof lengths + text.length, result.text, result.length);
    return at;
}

/* Every other time a note keeps its place: two texts that come in turn would only overwrite each
 * other's. Knuth's generator decides (MMIX), as texts may come in any pattern. */
static bool is_noted(struct wire_memory *m, uint32_t hash)
{
    uint16_t *note = &m->notes[hash % MEMORY_NOTES], wanted = (uint16_t)(hash >> 16);
    if (*note == wanted)
        return true;
    m->chance = m->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    if (!*note || m->chance >> 63)
        *note = wanted;
    return false;
}

void memory_add(struct wire_memory *m, struct span text, uint32_t hash, struct span result)
{
    if (!is_noted(m, hash) || text.length > MEMORY_TEXT_MOST || result.length > MEMORY_TEXT_MOST)
        return;
    bool is_crowded = m->used > m->mask / 2;
    if (is_crowded && m->mask + 1 < MEMORY_PLACES)
        grow_places(m);
    uint32_t at = is_crowded && m->mask + 1 == MEMORY_PLACES ? 0 : keep(m, text, result);
    if (!at) {
        forget_all(m);
        return;
    }
    put(m->places, m->mask, (uint64_t)hash << 32 | at);
    m->used++;
}
