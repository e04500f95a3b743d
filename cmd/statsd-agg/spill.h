/* spill: the cells that their slots have no place for, by slot and interval. */
#ifndef SPILL_H
#define SPILL_H

#include <stdint.h>

#include "cell.h"

/* Open addressing over an array without holes. Begin with zeros. */
struct spill {
    struct spilled *cells;
    uint32_t count, capacity;
    uint32_t *places; /* a cell's number + 1, or 0 */
    uint32_t mask;
};

void spill_free(struct spill *s);

/* The slot's cell of the interval with that serial, or NULL. */
struct cell *spill_find(const struct spill *s, uint32_t slot, uint32_t serial);

/* Puts a copy of the cell there, whose slot and interval must not be known yet. It is valid until the next call. */
struct cell *spill_put(struct spill *s, uint32_t slot, const struct cell *c);

/* Takes a cell out that is there. */
void spill_remove(struct spill *s, uint32_t slot, uint32_t serial);

/* Follows table_compact: moved gives each old slot's new number. */
void spill_renumber(struct spill *s, const uint32_t *moved);

#endif
