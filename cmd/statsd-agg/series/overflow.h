/* overflow: the cells that have no room in their slots, found by slot and interval. */
#ifndef SERIES_OVERFLOW_H
#define SERIES_OVERFLOW_H

#include <stdint.h>

#include "samples/cell.h"

/* A hash table with open addressing over a dense array of cells. Begin with zeros. */
struct overflow {
    struct overflow_cell *cells;
    uint32_t count, capacity;
    uint32_t *places; /* a cell's number + 1; 0: free */
    uint32_t mask;
};

void overflow_free(struct overflow *o);

/* The slot's cell of the interval with that serial, or NULL. */
struct cell *overflow_find(const struct overflow *o, uint32_t slot, uint32_t serial);

/* Adds a copy of the cell; there must be none of that slot and interval. The result is valid until
 * the next call. */
struct cell *overflow_put(struct overflow *o, uint32_t slot, const struct cell *c);

/* Removes a cell, which must exist. */
void overflow_remove(struct overflow *o, uint32_t slot, uint32_t serial);

/* Follows table_compact: moved[old slot] is the new slot. */
void overflow_renumber(struct overflow *o, const uint32_t *moved);

#endif
