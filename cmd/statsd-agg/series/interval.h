/* interval: a stretch of time, and the cells of the series that had samples in it.
 *
 * A series' slot holds one cell itself, usually the only one. When several intervals have cells of
 * a series, because one is still being written or waits for late records when the next begins, the
 * slot holds the cell of the interval begun last; the others are in the table's overflow. */
#ifndef SERIES_INTERVAL_H
#define SERIES_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "self_counts.h"
#include "samples/cell.h"
#include "series/table.h"

struct interval {
    int64_t start, end;             /* ms; start is inside, end is not */
    uint32_t serial;                /* identifies its cells; not 0, unique while in use, rising */
    uint32_t count;                 /* of its cells */
    bool is_settled;                /* its gauges' samples have become values */
    uint64_t records, bad;          /* lines, for the self-metrics */
    int64_t newest;                 /* the largest time of its records, or NEVER */
    struct self_counts self_counts; /* once closed: what else was counted until then */
};

/* An empty interval, to be freed by free(3). A serial of 0, after overflow, becomes 1. */
struct interval *interval_new(int64_t start, int64_t end, uint32_t serial);

/* The slot's cell, or NULL. */
static inline struct cell *interval_find(const struct interval *interval, const struct table *t, uint32_t slot)
{
    struct cell *own = &t->slots[slot].cell;
    if (own->interval == interval->serial)
        return own;
    return t->overflow.count ? overflow_find(&t->overflow, slot, interval->serial) : NULL;
}

/* The slot's cell, created empty when there is none. Valid until the next call, or until a series
 * is created. */
struct cell *interval_make(struct interval *interval, struct table *t, uint32_t slot);

/* The same, quick when the cell is in the slot. */
static inline struct cell *interval_get(struct interval *interval, struct table *t, uint32_t slot)
{
    struct cell *own = &t->slots[slot].cell;
    return own->interval == interval->serial ? own : interval_make(interval, t, slot);
}

/* Removes the slot's cell, which must exist; what the cell holds is the caller's to free. */
void interval_drop(struct interval *interval, struct table *t, uint32_t slot);

#endif
