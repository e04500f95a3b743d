#include "series/overflow.h"

#include <stdlib.h>

#include "base/die.h"
#include "samples/hugepages.h"

enum { FIRST_CELLS = 128, MOST_CELLS = 1 << 30 };

struct overflow_cell {
    struct cell cell;
    uint32_t slot;
};

void overflow_free(struct overflow *s)
{
    free(s->cells);
    free(s->places);
    *s = (struct overflow){ .cells = NULL };
}

/* Fibonacci hashing: slots and serials are small numbers in a row. */
static uint32_t home(const struct overflow *s, uint32_t slot, uint32_t serial)
{
    return (uint32_t)((((uint64_t)serial << 32 | slot) * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & s->mask;
}

static uint32_t home_of(const struct overflow *s, const struct overflow_cell *c)
{
    return home(s, c->slot, c->cell.interval);
}

/* The cell's place, or the free one where it would be. */
static uint32_t probe(const struct overflow *s, uint32_t slot, uint32_t serial)
{
    for (uint32_t i = home(s, slot, serial);; i = (i + 1) & s->mask) {
        const struct overflow_cell *c = s->places[i] ? &s->cells[s->places[i] - 1] : NULL;
        if (!c || (c->slot == slot && c->cell.interval == serial))
            return i;
    }
}

struct cell *overflow_find(const struct overflow *s, uint32_t slot, uint32_t serial)
{
    if (!s->count)
        return NULL;
    uint32_t number = s->places[probe(s, slot, serial)];
    return number ? &s->cells[number - 1].cell : NULL;
}

static void place_all(struct overflow *s)
{
    free(s->places);
    s->places = hugepages_calloc((size_t)s->mask + 1, sizeof *s->places);
    for (uint32_t i = 0; i < s->count; i++)
        s->places[probe(s, s->cells[i].slot, s->cells[i].cell.interval)] = i + 1;
}

static void grow(struct overflow *s)
{
    if (s->count >= MOST_CELLS)
        die("too many series in open intervals");
    s->capacity = s->capacity ? s->capacity + s->capacity / 2 : FIRST_CELLS;
    s->cells = hugepages_reallocarray(s->cells, s->capacity, sizeof *s->cells);
}

struct cell *overflow_put(struct overflow *s, uint32_t slot, const struct cell *c)
{
    if (s->count == s->capacity)
        grow(s);
    if (!s->places || s->count > s->mask / 4 * 3) {
        s->mask = s->places ? s->mask * 2 + 1 : FIRST_CELLS * 2 - 1;
        place_all(s);
    }
    s->cells[s->count] = (struct overflow_cell){ *c, slot };
    s->places[probe(s, slot, c->interval)] = s->count + 1;
    return &s->cells[s->count++].cell;
}

/* What linear probing had put off moves up (Knuth, vol. 3, 6.4, algorithm R). */
static void free_place(struct overflow *s, uint32_t hole)
{
    for (uint32_t i = (hole + 1) & s->mask; s->places[i]; i = (i + 1) & s->mask) {
        uint32_t from = home_of(s, &s->cells[s->places[i] - 1]);
        if (((i - from) & s->mask) >= ((i - hole) & s->mask)) {
            s->places[hole] = s->places[i];
            hole = i;
        }
    }
    s->places[hole] = 0;
}

/* The last cell takes the removed one's number. */
void overflow_remove(struct overflow *s, uint32_t slot, uint32_t serial)
{
    uint32_t place = probe(s, slot, serial), number = s->places[place];
    const struct overflow_cell last = s->cells[s->count - 1];
    free_place(s, place);
    if (number != s->count) {
        s->places[probe(s, last.slot, last.cell.interval)] = number;
        s->cells[number - 1] = last;
    }
    s->count--;
}

void overflow_renumber(struct overflow *s, const uint32_t *moved)
{
    for (uint32_t i = 0; i < s->count; i++)
        s->cells[i].slot = moved[s->cells[i].slot];
    if (s->count)
        place_all(s);
}
