/* cell: the samples of one series in one interval, as they are stored. */
#ifndef SAMPLES_CELL_H
#define SAMPLES_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "samples/family.h"
#include "samples/gauge_samples.h"
#include "samples/hyperloglog.h"
#include "samples/members.h"
#include "samples/pool.h"
#include "samples/sketch.h"

/* How many samples and members a cell keeps one by one. With more, a timer becomes a sketch and a
 * set a HyperLogLog. */
struct cell_limits {
    uint32_t timer_samples;
    uint64_t set_members;
    bool is_weighted; /* a timer's samples are kept with their weights, as pairs */
};

/* How many doubles a timer's sample takes: the `width` of samples.h. */
static inline unsigned cell_sample_width(const struct cell_limits *limits)
{
    return limits->is_weighted ? 2 : 1;
}

/* The count of a cell whose samples or members have become a sketch or a HyperLogLog. */
enum { CELL_SKETCHED = UINT32_MAX };

/* The family, which the slot knows, decides which member of the union is in use. */
struct cell {
    uint32_t interval; /* the interval's serial; 0: the cell is not in use */
    uint32_t count;    /* of a timer's samples, else 0; or CELL_SKETCHED */
    union {
        double sum;                          /* counter */
        double value;                        /* gauge */
        double sample;                       /* timer with one sample */
        double *next;                        /* timer with more: where the next goes (samples.h) */
        struct sketch *sketch;               /* timer, CELL_SKETCHED */
        struct members *members;             /* set */
        struct hyperloglog *hyperloglog;     /* set, CELL_SKETCHED */
        struct gauge_samples *gauge_samples; /* gauge in event time, before the close */
    };
    union {
        double weight; /* timer: the sum of 1/rate, its `count` */
        double before; /* gauge, in its slot: its value at the end of the last closed interval */
    };
};

/* Adds a timer's sample; weight is 1/rate. */
void cell_add_sample(struct cell *c, const struct cell_limits *limits, struct pool *pool, double sample, double weight);

/* Adds the samples of a sketch, which the cell now owns. Adding to c->weight is the caller's. */
void cell_add_sketch(struct cell *c, const struct cell_limits *limits, struct pool *pool, struct sketch *sketch);

/* Copies the samples of a timer that is not CELL_SKETCHED to `to`, in the order of arrival, as
 * pairs with their weights if is_weighted. */
void cell_copy_samples(const struct cell *c, const struct cell_limits *limits, double *to);

/* Adds a set's member; hash is its members_hash. */
void cell_add_member(struct cell *c, const struct cell_limits *limits, struct pool *pool, uint32_t hash,
                     struct span member);

/* Adds the members of a HyperLogLog, which the cell now owns. */
void cell_add_hyperloglog(struct cell *c, struct pool *pool, struct hyperloglog *hyperloglog);

/* How many members a set has; an estimate when it is CELL_SKETCHED. */
uint64_t cell_members(const struct cell *c);

/* Frees the contents of a cell of that family, except a gauge's samples: see gauge_samples_free. */
void cell_free(struct cell *c, enum family family, const struct cell_limits *limits, struct pool *pool);

#endif
