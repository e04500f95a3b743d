/* pool: pieces of memory whose sizes are powers of two, for the samples of many timers and the members of
 * many sets.
 *
 * They outgrow their memory again and again, and all of it is given back when the interval has been written. malloc(3) spends
 * more on splitting and joining neighbours there than the samples cost otherwise; here a piece given back
 * goes on a list of its size, and the next one of that size comes from it. Sizes beyond PIECE_MOST are malloc's. */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

enum { PIECE_LEAST = 4, PIECE_MOST = 12 }; /* logarithms of bytes */

struct pool {
    struct piece *given_back[PIECE_MOST + 1]; /* by the logarithm of the size */
    struct chunk *chunks;
    char *next; /* of the newest chunk, what has never been in use */
    size_t left;
};

/* Begin with a pool of zeros. */
void pool_free(struct pool *p);

/* A piece of 2^size bytes, size from PIECE_LEAST on, aligned to 16. Memory or death. */
void *pool_get(struct pool *p, unsigned size);

/* Gives one of that size back. */
void pool_put(struct pool *p, void *piece, unsigned size);

#endif
