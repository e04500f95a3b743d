/* interval: a stretch of time, and the cells of the series that had samples in it.
 *
 * A series' slot holds one cell itself, mostly the only one there is. Where intervals overlap, because one is still being
 * written or waits for late records when the next begins, the slot's is the one begun last and the others are in the table's
 * overflow. */
#ifndef SERIES_INTERVAL_H
#define SERIES_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "samples/cell.h"
#include "series/table.h"

struct interval {
    int64_t start, end;          /* ms; it holds what is at or after start and before end */
    uint32_t serial;             /* as its cells know it; never 0, never used twice at a time, rising */
    uint32_t count;              /* of its cells */
    uint64_t records, bad, late; /* the interval's own figures */
    int64_t newest;              /* the largest time of its records, or NEVER */
};

/* An empty interval, to be freed by free(3). A serial that has come round to 0 becomes 1. */
struct interval *interval_new(int64_t start, int64_t end, uint32_t serial);

/* The slot's cell, or NULL. */
static inline struct cell *interval_find(const struct interval *interval, const struct table *t, uint32_t slot)
{
    struct cell *own = &t->slots[slot].cell;
    if (own->interval == interval->serial)
        return own;
    return t->overflow.count ? overflow_find(&t->overflow, slot, interval->serial) : NULL;
}

/* The slot's cell, made empty when there is none; valid until the next call, or until a series is made. */
struct cell *interval_make(struct interval *interval, struct table *t, uint32_t slot);

static inline struct cell *interval_get(struct interval *interval, struct table *t, uint32_t slot)
{
    struct cell *own = &t->slots[slot].cell;
    return own->interval == interval->serial ? own : interval_make(interval, t, slot);
}

/* Forgets the slot's cell; what it held is the caller's. */
void interval_drop(struct interval *interval, struct table *t, uint32_t slot);

#endif
