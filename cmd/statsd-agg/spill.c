#include "spill.h"

#include <stdlib.h>

#include "large.h"

enum { FIRST_PLACES = 256 };

/* A place is free where its cell's interval is 0. */
struct spilled {
    struct cell cell;
    uint32_t slot;
};

void spill_free(struct spill *s)
{
    free(s->places);
    *s = (struct spill){ .places = NULL };
}

/* Fibonacci hashing: slots and serials are small numbers in a row. */
static uint64_t home(const struct spill *s, uint32_t slot, uint32_t serial)
{
    return (((uint64_t)serial << 32 | slot) * UINT64_C(0x9E3779B97F4A7C15)) >> 29 & s->mask;
}

static uint64_t probe(const struct spill *s, uint32_t slot, uint32_t serial)
{
    uint64_t i = home(s, slot, serial);
    while (s->places[i].cell.interval && (s->places[i].cell.interval != serial || s->places[i].slot != slot))
        i = (i + 1) & s->mask;
    return i;
}

struct cell *spill_find(const struct spill *s, uint32_t slot, uint32_t serial)
{
    if (!s->count)
        return NULL;
    struct cell *c = &s->places[probe(s, slot, serial)].cell;
    return c->interval ? c : NULL;
}

static struct cell *put(struct spill *s, uint32_t slot, const struct cell *c)
{
    struct spilled *place = &s->places[probe(s, slot, c->interval)];
    *place = (struct spilled){ *c, slot };
    return &place->cell;
}

static void rebuild(struct spill *s, uint64_t mask)
{
    struct spilled *old = s->places;
    uint64_t old_mask = s->mask;
    s->mask = mask;
    s->places = large_calloc(mask + 1, sizeof *s->places);
    for (uint64_t i = 0; old && i <= old_mask; i++)
        if (old[i].cell.interval)
            put(s, old[i].slot, &old[i].cell);
    free(old);
}

struct cell *spill_put(struct spill *s, uint32_t slot, const struct cell *c)
{
    if (!s->places)
        rebuild(s, FIRST_PLACES - 1);
    else if (s->count > s->mask / 2)
        rebuild(s, s->mask * 2 + 1);
    s->count++;
    return put(s, slot, c);
}

/* What linear probing had put off moves up (Knuth, vol. 3, 6.4, algorithm R). */
void spill_remove(struct spill *s, uint32_t slot, uint32_t serial)
{
    uint64_t hole = probe(s, slot, serial);
    for (uint64_t i = (hole + 1) & s->mask; s->places[i].cell.interval; i = (i + 1) & s->mask) {
        uint64_t from = home(s, s->places[i].slot, s->places[i].cell.interval);
        if (((i - from) & s->mask) >= ((i - hole) & s->mask)) {
            s->places[hole] = s->places[i];
            hole = i;
        }
    }
    s->places[hole].cell.interval = 0;
    s->count--;
}

void spill_renumber(struct spill *s, const uint32_t *moved)
{
    if (!s->count)
        return;
    for (uint64_t i = 0; i <= s->mask; i++)
        if (s->places[i].cell.interval)
            s->places[i].slot = moved[s->places[i].slot];
    rebuild(s, s->mask);
}
