/* samples: a timer's samples in one interval, in the order they came.
 *
 * A few stand in an array that doubles. More stand in runs of memory behind it that never move, each with a link to the one
 * before: nothing large is copied before the interval closes, and nothing that has been outgrown lies about. Whoever holds them
 * knows how many there are and where the next one goes, and adding one touches nothing else. A sample is `width` doubles:
 * itself, or itself and its weight. */
#ifndef SAMPLES_SAMPLES_H
#define SAMPLES_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "samples/pool.h"

enum {
    SAMPLES_FIRST = 2,  /* an array begins with so many, */
    SAMPLES_ARRAY = 32, /* and has at most so many */
    SAMPLES_RUN = 64,   /* a run ends where their number is a multiple of this */
};

/* True when there is no room behind `count` samples. */
static inline bool samples_are_full(uint32_t count)
{
    return !(count & (count < SAMPLES_RUN ? count - 1 : SAMPLES_RUN - 1)) && count != 1;
}

/* Where the next sample goes when there is no room behind `count`, the last of which ends at next; without any, next is not
 * looked at. */
double *samples_make_room(double *next, uint32_t count, unsigned width, struct pool *pool);

/* Copies count > 0 samples to `to`. */
void samples_copy(const double *next, uint32_t count, unsigned width, double *to);

/* Gives the memory of count > 0 samples back. */
void samples_free(double *next, uint32_t count, unsigned width, struct pool *pool);

/* Asks for the newest run, or for the one so many hops before it by way of those between, as samples_copy will need them;
 * changes nothing. */
void samples_fetch(const double *next, uint32_t count, unsigned width, unsigned hops);

#endif
