/* pool: pieces of memory for the samples of many timers and the members of many sets.
 *
 * These grow out of their memory again and again, and all of it is given back when the interval
 * has been written. malloc(3) would spend more time on splitting and merging neighbours than the
 * samples take otherwise. Here a piece that is given back goes on the free list of its size, and
 * the next piece of that size comes from there. Sizes above POOL_MOST are left to malloc. */
#ifndef SAMPLES_POOL_H
#define SAMPLES_POOL_H

#include <stddef.h>

enum { POOL_STEP = 8, POOL_MOST = 4096 }; /* bytes */

struct pool {
    struct piece *given_back[POOL_MOST / POOL_STEP + 1]; /* free lists, by size in steps */
    struct chunk *chunks;
    char *next;  /* in the newest chunk: memory that has never been in use */
    size_t left; /* bytes from next to the chunk's end */
};

/* Frees all memory of the pool but pieces above POOL_MOST. A pool of zeros is empty and ready. */
void pool_free(struct pool *p);

/* Returns a piece of size bytes, aligned to POOL_STEP; size is a multiple of POOL_STEP and not 0.
 * Running out of memory ends the program. */
void *pool_get(struct pool *p, size_t size);

/* Gives a piece of that size back. */
void pool_put(struct pool *p, void *piece, size_t size);

#endif
