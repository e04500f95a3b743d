/* cell: what the samples of one series in one interval add up to. */
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

/* How many samples and members a cell keeps one by one; past that a timer becomes a sketch and a set registers. */
struct cell_limits {
    uint32_t timer_samples;
    uint64_t set_members;
    bool is_weighted; /* a timer's samples are kept as pairs with their weights */
};

/* The doubles of a timer's sample, as samples.h has them. */
static inline unsigned cell_sample_width(const struct cell_limits *limits)
{
    return limits->is_weighted ? 2 : 1;
}

/* The count of a cell that keeps no samples or members any more. */
enum { CELL_SKETCHED = UINT32_MAX };

/* A counter's sum, a gauge's last value, a timer's samples, a set's members: the slot's family tells which. */
struct cell {
    uint32_t interval; /* its interval's serial, or 0 for a cell that is not in use */
    uint32_t count;    /* of a timer's samples; of a set 0; or CELL_SKETCHED */
    union {
        double sum;                      /* counter */
        double value;                    /* gauge */
        double sample;                   /* timer, while there is one */
        double *next;                    /* timer, once there are more: where in samples.h's runs the next one goes */
        struct sketch *sketch;           /* timer, sketched */
        struct members *members;         /* set */
        struct hyperloglog *hyperloglog; /* set, sketched */
        struct gauge_samples *gauge_samples; /* gauge whose samples wait to be put in order */
    };
    double weight; /* timer: the sum of 1/rate, what a `count` is */
};

/* Adds a timer's sample of that weight (1/rate). */
void cell_add_sample(struct cell *c, const struct cell_limits *limits, struct pool *pool, double sample, double weight);

/* Adds the samples of a sketch, which becomes the cell's; the weight is left to the caller. */
void cell_add_sketch(struct cell *c, const struct cell_limits *limits, struct pool *pool, struct sketch *sketch);

/* Copies the samples of a timer that is not sketched to `to`, in the order of arrival; where they are weighted, pairs. */
void cell_copy_samples(const struct cell *c, const struct cell_limits *limits, double *to);

/* Adds a set's member; hash is members_hash's. */
void cell_add_member(struct cell *c, const struct cell_limits *limits, struct pool *pool, uint32_t hash,
                     struct span member);

/* Adds the members of registers, which become the cell's. */
void cell_add_hyperloglog(struct cell *c, struct pool *pool, struct hyperloglog *hyperloglog);

/* How many members a set has, or about how many. */
uint64_t cell_members(const struct cell *c);

/* Frees what a cell of that family holds; a gauge's samples are gauge_samples_free's. */
void cell_free(struct cell *c, enum family family, const struct cell_limits *limits, struct pool *pool);

#endif
