/* statsd-agg's pool: pieces of every size, none of which overlap, and which come back. */
#include "statsd-agg/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

enum { PIECES = 2000, STEPS = 200000, SIZES = PIECE_MOST + 2 };

static struct {
    unsigned char *bytes;
    unsigned size;
    unsigned char mark;
} pieces[PIECES];

static bool is_whole(int i)
{
    size_t bytes = (size_t)1 << pieces[i].size;
    return pieces[i].bytes[0] == pieces[i].mark && pieces[i].bytes[bytes / 2] == pieces[i].mark &&
           pieces[i].bytes[bytes - 1] == pieces[i].mark;
}

static void test_random(struct pool *pool)
{
    int wrong = 0;
    for (int step = 0; step < STEPS; step++) {
        int i = rand() % PIECES;
        if (pieces[i].bytes) {
            wrong += !is_whole(i);
            pool_put(pool, pieces[i].bytes, pieces[i].size);
            pieces[i].bytes = NULL;
            continue;
        }
        pieces[i].size = PIECE_LEAST + (unsigned)rand() % (SIZES - PIECE_LEAST);
        pieces[i].mark = (unsigned char)rand();
        pieces[i].bytes = pool_get(pool, pieces[i].size);
        wrong += (uintptr_t)pieces[i].bytes % 16 != 0;
        memset(pieces[i].bytes, pieces[i].mark, (size_t)1 << pieces[i].size);
    }
    tap_ok(wrong == 0, "200,000 pieces of all sizes: aligned, and each its own (%d wrong)", wrong);
}

static void test_comes_back(struct pool *pool)
{
    void *a = pool_get(pool, 7), *b = pool_get(pool, 8);
    pool_put(pool, a, 7);
    pool_put(pool, b, 8);
    tap_ok(pool_get(pool, 8) == b && pool_get(pool, 7) == a, "what is given back is the next of its size");
}

int main(void)
{
    struct pool pool = { .chunks = NULL };
    srand(7);
    test_random(&pool);
    test_comes_back(&pool);
    for (int i = 0; i < PIECES; i++)
        if (pieces[i].bytes)
            pool_put(&pool, pieces[i].bytes, pieces[i].size);
    pool_free(&pool);
    tap_ok(!pool.chunks, "and all of it is freed");
    return tap_done();
}
