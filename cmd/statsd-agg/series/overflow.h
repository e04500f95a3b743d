/* overflow: the cells that their slots have no place for, by slot and interval. */
#ifndef SERIES_OVERFLOW_H
#define SERIES_OVERFLOW_H

#include <stdint.h>

#include "samples/cell.h"

/* Open addressing over an array without holes. Begin with zeros. */
struct overflow {
    struct overflow_cell *cells;
    uint32_t count, capacity;
    uint32_t *places; /* a cell's number + 1, or 0 */
    uint32_t mask;
};

void overflow_free(struct overflow *o);

/* The slot's cell of the interval with that serial, or NULL. */
struct cell *overflow_find(const struct overflow *o, uint32_t slot, uint32_t serial);

/* Puts a copy of the cell there, whose slot and interval must not be known yet. It is valid until the next call. */
struct cell *overflow_put(struct overflow *o, uint32_t slot, const struct cell *c);

/* Takes a cell out that is there. */
void overflow_remove(struct overflow *o, uint32_t slot, uint32_t serial);

/* Follows table_compact: moved gives each old slot's new number. */
void overflow_renumber(struct overflow *o, const uint32_t *moved);

#endif
