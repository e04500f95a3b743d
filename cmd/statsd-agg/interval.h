/* interval: what the samples of one interval add up to, a cell for each series that had any. */
#ifndef INTERVAL_H
#define INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "gauge.h"
#include "members.h"
#include "pool.h"
#include "registers.h"
#include "sketch.h"
#include "table.h"

/* How many samples and members a cell keeps one by one; past that a timer becomes a sketch and a set registers. */
struct keeping {
    uint32_t timer_samples;
    uint64_t set_members;
    bool is_weighted; /* a timer's samples are kept as pairs with their weights */
};

/* The count of a cell that keeps no samples or members any more. */
enum { CELL_SKETCHED = UINT32_MAX };

/* A counter's sum, a gauge's last value, a timer's samples, a set's members: the slot's family tells which. */
struct cell {
    uint32_t slot;
    uint32_t count; /* of a timer's samples; of a set 0; or CELL_SKETCHED */
    union {
        double sum;                  /* counter */
        double value;                /* gauge */
        double sample;               /* timer, while there is one */
        double *samples;             /* timer, once there are more: samples or pairs, room for the next power of two */
        struct sketch *sketch;       /* timer, sketched */
        struct members *members;     /* set */
        struct registers *registers; /* set, sketched */
        struct gauge_samples *gauge; /* gauge whose samples wait to be put in order */
    };
    double weight; /* timer: the sum of 1/rate, what a `count` is */
};

struct interval {
    int64_t start, end; /* ms; it holds what is at or after start and before end */
    uint32_t serial;    /* as slots know it; never 0, never used twice at a time */
    struct cell *cells;
    uint32_t count, capacity;
    uint32_t *map; /* event time: slot → cell + 1, open addressing over the cells; NULL where slots know */
    uint32_t map_mask;
    uint64_t records, bad, late; /* the interval's own figures */
    int64_t newest;              /* the largest time of its records, or NEVER */
};

/* An empty interval. A serial that has come round to 0 becomes 1. */
struct interval *interval_new(int64_t start, int64_t end, uint32_t serial);

/* Frees the interval but not what its cells hold. */
void interval_free(struct interval *v);

/* The slot's cell, or NULL. */
struct cell *interval_find(struct interval *v, const struct table *t, uint32_t slot);

/* The slot's cell, made empty when there is none. with_map: more than one interval is open, so keep a map. The cell is
 * valid until the next call. */
struct cell *interval_make(struct interval *v, struct table *t, uint32_t slot, bool with_map);

static inline struct cell *interval_get(struct interval *v, struct table *t, uint32_t slot, bool with_map)
{
    const struct slot *s = &t->slots[slot];
    return s->interval == v->serial ? &v->cells[s->cell] : interval_make(v, t, slot, with_map);
}

/* Follows table_compact: moved gives each old slot's new number. */
void interval_renumber(struct interval *v, const uint32_t *moved);

/* Adds a timer's sample of that weight (1/rate). */
void cell_add_sample(struct cell *c, const struct keeping *k, struct pool *pool, double sample, double weight);

/* A timer's samples (pairs where they are weighted) in the order of arrival, unless it is sketched. A single one's weight
 * is the cell's. The caller may write to them. */
double *cell_samples(struct cell *c);

/* Adds a set's member. */
void cell_add_member(struct cell *c, const struct keeping *k, const struct hash_seed *seed, struct span member);

/* How many members a set has, or about how many. */
uint64_t cell_members(const struct cell *c);

/* Frees what a cell of that family holds; a gauge's samples are gauge_free's. */
void cell_free(struct cell *c, enum family family, const struct keeping *k, struct pool *pool);

#endif
