/* samples: a timer's samples in one interval, in the order of arrival.
 *
 * The first ones are in an array that doubles in size. More follow in runs of memory that never
 * move, each with a link to the one before, so nothing large is copied before the interval closes
 * and no outgrown memory stays around. The owner keeps the number of samples and the place of the
 * next one, and adding a sample touches nothing else. A sample is `width` doubles: its value, or
 * its value and its weight. */
#ifndef SAMPLES_SAMPLES_H
#define SAMPLES_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "samples/pool.h"

enum {
    SAMPLES_FIRST = 2,  /* the array's first size */
    SAMPLES_ARRAY = 32, /* and its last */
    SAMPLES_RUN = 64,   /* a run ends where the number of samples is a multiple of this */
};

/* True when there is no room after `count` samples. */
static inline bool samples_are_full(uint32_t count)
{
    return !(count & (count < SAMPLES_RUN ? count - 1 : SAMPLES_RUN - 1)) && count != 1;
}

/* Makes room after `count` samples, the last of which ends at next, and returns where the next
 * sample goes. With a count of 0 next is ignored. */
double *samples_make_room(double *next, uint32_t count, unsigned width, struct pool *pool);

/* Copies count > 0 samples to `to`. */
void samples_copy(const double *next, uint32_t count, unsigned width, double *to);

/* Gives the memory of count > 0 samples back to the pool. */
void samples_free(double *next, uint32_t count, unsigned width, struct pool *pool);

/* Prefetches the run that is `hops` before the newest, following the links between, as samples_copy
 * will need it. */
void samples_fetch(const double *next, uint32_t count, unsigned width, unsigned hops);

#endif
