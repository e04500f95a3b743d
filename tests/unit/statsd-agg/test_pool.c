/* statsd-agg's pool: pieces of every size, none of which overlap, and which come back. */
#include "samples/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

enum { PIECES = 2000, STEPS = 200000, LARGEST = 2 * POOL_MOST };

static struct {
    unsigned char *bytes;
    size_t size;
    unsigned char mark;
} pieces[PIECES];

static bool is_whole(int i)
{
    size_t size = pieces[i].size;
    return pieces[i].bytes[0] == pieces[i].mark && pieces[i].bytes[size / 2] == pieces[i].mark &&
           pieces[i].bytes[size - 1] == pieces[i].mark;
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
        pieces[i].size = POOL_STEP * (1 + (size_t)rand() % (LARGEST / POOL_STEP));
        pieces[i].mark = (unsigned char)rand();
        pieces[i].bytes = pool_get(pool, pieces[i].size);
        wrong += (uintptr_t)pieces[i].bytes % POOL_STEP != 0;
        memset(pieces[i].bytes, pieces[i].mark, pieces[i].size);
    }
    tap_ok(wrong == 0, "200,000 pieces of all sizes: aligned, and each its own (%d wrong)", wrong);
}

static void test_comes_back(struct pool *pool)
{
    void *a = pool_get(pool, 120), *b = pool_get(pool, 128);
    pool_put(pool, a, 120);
    pool_put(pool, b, 128);
    tap_ok(pool_get(pool, 128) == b && pool_get(pool, 120) == a, "what is given back is the next of its size");
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
