#include "interval.h"

#include <stdlib.h>

#include "large.h"
#include "xalloc.h"

enum { FIRST_CELLS = 64, FIRST_MAP = 256 };

struct interval *interval_new(int64_t start, int64_t end, uint32_t serial)
{
    struct interval *v = xmalloc(sizeof *v);
    *v = (struct interval){ .start = start, .end = end, .serial = serial ? serial : 1, .newest = NEVER };
    return v;
}

void interval_free(struct interval *v)
{
    free(v->cells);
    free(v->map);
    free(v);
}

/* Fibonacci hashing: slots are small numbers in a row. */
static uint32_t *map_place(const struct interval *v, uint32_t slot)
{
    uint32_t place = (slot * 2654435769u) >> 7 & v->map_mask;
    while (v->map[place] && v->cells[v->map[place] - 1].slot != slot)
        place = (place + 1) & v->map_mask;
    return &v->map[place];
}

static void make_map(struct interval *v, uint32_t mask)
{
    free(v->map);
    v->map_mask = mask;
    v->map = xcalloc((size_t)v->map_mask + 1, sizeof *v->map);
    for (uint32_t i = 0; i < v->count; i++)
        *map_place(v, v->cells[i].slot) = i + 1;
}

struct cell *interval_find(struct interval *v, const struct table *t, uint32_t slot)
{
    const struct slot *s = &t->slots[slot];
    if (s->interval == v->serial)
        return &v->cells[s->cell];
    uint32_t mapped = v->map ? *map_place(v, slot) : 0;
    return mapped ? &v->cells[mapped - 1] : NULL;
}

static struct cell *new_cell(struct interval *v, uint32_t slot, bool with_map)
{
    if (v->count == v->capacity) {
        v->capacity = v->capacity ? v->capacity + v->capacity / 2 : FIRST_CELLS;
        v->cells = large_reallocarray(v->cells, v->capacity, sizeof *v->cells);
    }
    v->cells[v->count++] = (struct cell){ .slot = slot, .samples = NULL };
    if (with_map && (!v->map || v->count > v->map_mask / 2))
        make_map(v, v->map ? v->map_mask * 2 + 1 : FIRST_MAP - 1);
    else if (with_map)
        *map_place(v, slot) = v->count;
    return &v->cells[v->count - 1];
}

struct cell *interval_make(struct interval *v, struct table *t, uint32_t slot, bool with_map)
{
    struct slot *s = &t->slots[slot];
    struct cell *c = with_map ? interval_find(v, t, slot) : NULL;
    if (!c) {
        c = new_cell(v, slot, with_map);
        s->open_cells++;
    }
    s->interval = v->serial;
    s->cell = (uint32_t)(c - v->cells);
    return c;
}

void interval_renumber(struct interval *v, const uint32_t *moved)
{
    for (uint32_t i = 0; i < v->count; i++)
        v->cells[i].slot = moved[v->cells[i].slot];
    if (v->map)
        make_map(v, v->map_mask);
}
