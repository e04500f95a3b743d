#include "series/overflow.h"

#include <stdlib.h>

#include "base/die.h"
#include "samples/hugepages.h"

enum { FIRST_CELLS = 128, MOST_CELLS = 1 << 30 };

struct overflow_cell {
    struct cell cell;
    uint32_t slot;
};

void overflow_free(struct overflow *o)
{
    free(o->cells);
    free(o->places);
    *o = (struct overflow){ .cells = NULL };
}

/* Fibonacci hashing, because slots and serials are small consecutive numbers. */
static uint32_t home(const struct overflow *o, uint32_t slot, uint32_t serial)
{
    return (uint32_t)((((uint64_t)serial << 32 | slot) * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & o->mask;
}

static uint32_t home_of(const struct overflow *o, const struct overflow_cell *c)
{
    return home(o, c->slot, c->cell.interval);
}

/* The cell's place, or the free one where it belongs. */
static uint32_t probe(const struct overflow *o, uint32_t slot, uint32_t serial)
{
    for (uint32_t i = home(o, slot, serial);; i = (i + 1) & o->mask) {
        const struct overflow_cell *c = o->places[i] ? &o->cells[o->places[i] - 1] : NULL;
        if (!c || (c->slot == slot && c->cell.interval == serial))
            return i;
    }
}

struct cell *overflow_find(const struct overflow *o, uint32_t slot, uint32_t serial)
{
    if (!o->count)
        return NULL;
    uint32_t number = o->places[probe(o, slot, serial)];
    return number ? &o->cells[number - 1].cell : NULL;
}

static void place_all(struct overflow *o)
{
    free(o->places);
    o->places = hugepages_calloc((size_t)o->mask + 1, sizeof *o->places);
    for (uint32_t i = 0; i < o->count; i++)
        o->places[probe(o, o->cells[i].slot, o->cells[i].cell.interval)] = i + 1;
}

static void grow(struct overflow *o)
{
    if (o->count >= MOST_CELLS)
        die("too many series in open intervals");
    o->capacity = o->capacity ? o->capacity + o->capacity / 2 : FIRST_CELLS;
    o->cells = hugepages_reallocarray(o->cells, o->capacity, sizeof *o->cells);
}

struct cell *overflow_put(struct overflow *o, uint32_t slot, const struct cell *c)
{
    if (o->count == o->capacity)
        grow(o);
    if (!o->places || o->count > o->mask / 4 * 3) {
        o->mask = o->places ? o->mask * 2 + 1 : FIRST_CELLS * 2 - 1;
        place_all(o);
    }
    o->cells[o->count] = (struct overflow_cell){ *c, slot };
    o->places[probe(o, slot, c->interval)] = o->count + 1;
    return &o->cells[o->count++].cell;
}

/* Moves up the entries that linear probing had displaced (Knuth, vol. 3, 6.4, algorithm R). */
static void free_place(struct overflow *o, uint32_t hole)
{
    for (uint32_t i = (hole + 1) & o->mask; o->places[i]; i = (i + 1) & o->mask) {
        uint32_t from = home_of(o, &o->cells[o->places[i] - 1]);
        if (((i - from) & o->mask) >= ((i - hole) & o->mask)) {
            o->places[hole] = o->places[i];
            hole = i;
        }
    }
    o->places[hole] = 0;
}

/* The last cell takes the removed cell's number. */
void overflow_remove(struct overflow *o, uint32_t slot, uint32_t serial)
{
    uint32_t place = probe(o, slot, serial), number = o->places[place];
    const struct overflow_cell last = o->cells[o->count - 1];
    free_place(o, place);
    if (number != o->count) {
        o->places[probe(o, last.slot, last.cell.interval)] = number;
        o->cells[number - 1] = last;
    }
    o->count--;
}

void overflow_renumber(struct overflow *o, const uint32_t *moved)
{
    for (uint32_t i = 0; i < o->count; i++)
        o->cells[i].slot = moved[o->cells[i].slot];
    if (o->count)
        place_all(o);
}
