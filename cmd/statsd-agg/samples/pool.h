/* pool: pieces of memory for the samples of many timers and the members of many sets.
 *
 * They outgrow their memory again and again, and all of it is given back when the interval has been written. malloc(3) spends
 * more on splitting and joining neighbours there than the samples cost otherwise; here a piece given back goes on a list of its
 * size, and the next one of that size comes from it. Sizes beyond POOL_MOST are malloc's. */
#ifndef SAMPLES_POOL_H
#define SAMPLES_POOL_H

#include <stddef.h>

enum { POOL_STEP = 8, POOL_MOST = 4096 }; /* bytes */

struct pool {
    struct piece *given_back[POOL_MOST / POOL_STEP + 1]; /* by their size in steps */
    struct chunk *chunks;
    char *next; /* of the newest chunk, what has never been in use */
    size_t left;
};

/* Begin with a pool of zeros. */
void pool_free(struct pool *p);

/* A piece of so many bytes, a multiple of POOL_STEP to which it is aligned, and not 0. Memory or death. */
void *pool_get(struct pool *p, size_t size);

/* Gives one of that size back. */
void pool_put(struct pool *p, void *piece, size_t size);

#endif
