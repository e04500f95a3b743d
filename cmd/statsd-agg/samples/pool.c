#include "samples/pool.h"

#include <stdalign.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "samples/hugepages.h"

enum { CHUNK_LEAST = 1 << 14, CHUNK_MOST = 1 << 21 };

struct piece {
    struct piece *next;
};

struct chunk {
    alignas(16) struct chunk *before;
    size_t size;
    alignas(16) char bytes[];
};

void pool_free(struct pool *p)
{
    for (struct chunk *c = p->chunks, *before; c; c = before) {
        before = c->before;
        free(c);
    }
    *p = (struct pool){ .chunks = NULL };
}

/* Chunks double in size, so that few timers take little memory. */
static void add_chunk(struct pool *p)
{
    size_t size = p->chunks ? p->chunks->size * 2 : CHUNK_LEAST;
    if (size > CHUNK_MOST)
        size = CHUNK_MOST;
    struct chunk *chunk = size < CHUNK_MOST ? xmalloc(size) : hugepages_aligned(size);
    chunk->before = p->chunks;
    chunk->size = size;
    p->chunks = chunk;
    p->next = chunk->bytes;
    p->left = size - sizeof *chunk;
}

void *pool_get(struct pool *p, size_t size)
{
    if (size > POOL_MOST)
        return xmalloc(size);
    struct piece *piece = p->given_back[size / POOL_STEP];
    if (piece) {
        p->given_back[size / POOL_STEP] = piece->next;
        __builtin_prefetch(piece->next); /* for the next call: it may have been written long ago */
        return piece;
    }
    if (p->left < size)
        add_chunk(p);
    char *fresh = p->next;
    p->next += size;
    p->left -= size;
    return fresh;
}

void pool_put(struct pool *p, void *piece, size_t size)
{
    if (size > POOL_MOST) {
        free(piece);
        return;
    }
    struct piece *given_back = piece;
    given_back->next = p->given_back[size / POOL_STEP];
    p->given_back[size / POOL_STEP] = given_back;
}
