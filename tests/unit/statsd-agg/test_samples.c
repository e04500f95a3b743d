/* statsd-agg's samples: what goes in comes out, in its order, at every length, and all memory comes
 * back. */
#include "samples/samples.h"

#include <stdlib.h>

#include "tap.h"

enum { MOST = 1000, TIMERS = 50 };

static struct timer {
    double *next;
    uint32_t count;
} timers[TIMERS];

/* What sample number i of a timer is, and its weight: told from all others. */
static double value_of(int timer, uint32_t i, unsigned place)
{
    return timer * 1e6 + i + place * 0.5;
}

static void add(int timer, unsigned width, struct pool *pool)
{
    struct timer *t = &timers[timer];
    if (samples_are_full(t->count))
        t->next = samples_make_room(t->next, t->count, width, pool);
    for (unsigned place = 0; place < width; place++)
        *t->next++ = value_of(timer, t->count, place);
    t->count++;
}

static bool is_whole(int timer, unsigned width)
{
    static double copy[2 * MOST + 1];
    const struct timer *t = &timers[timer];
    copy[t->count * width] = -1;
    samples_copy(t->next, t->count, width, copy);
    for (uint32_t i = 0; i < t->count; i++)
        for (unsigned place = 0; place < width; place++)
            if (copy[i * width + place] != value_of(timer, i, place))
                return false;
    return copy[t->count * width] == -1;
}

static void test_every_length(unsigned width, struct pool *pool)
{
    int wrong = 0;
    for (uint32_t i = 0; i < MOST; i++) {
        add(0, width, pool);
        wrong += !is_whole(0, width);
        for (unsigned hops = 0; hops < 40; hops++)
            samples_fetch(timers[0].next, timers[0].count, width, hops);
    }
    tap_ok(wrong == 0, "1 to 1,000 samples of width %u come back in their order (%d wrong)", width, wrong);
    samples_free(timers[0].next, timers[0].count, width, pool);
    timers[0] = (struct timer){ .next = NULL };
}

static void test_many_at_a_time(unsigned width, struct pool *pool)
{
    int wrong = 0;
    for (int step = 0; step < 40000; step++) {
        int timer = rand() % TIMERS;
        struct timer *t = &timers[timer];
        if (t->count && (t->count == MOST || rand() % 200 == 0)) {
            wrong += !is_whole(timer, width);
            samples_free(t->next, t->count, width, pool);
            *t = (struct timer){ .next = NULL };
        }
        add(timer, width, pool);
    }
    for (int timer = 0; timer < TIMERS; timer++) {
        wrong += !is_whole(timer, width);
        samples_free(timers[timer].next, timers[timer].count, width, pool);
        timers[timer] = (struct timer){ .next = NULL };
    }
    tap_ok(wrong == 0, "timers of width %u that come and go keep each its own (%d wrong)", width, wrong);
}

/* The same samples again need nothing that the first did not give back. */
static void test_given_back(struct pool *pool)
{
    const char *next = pool->next;
    const struct chunk *chunks = pool->chunks;
    for (uint32_t i = 0; i < MOST; i++)
        add(0, 1, pool);
    samples_free(timers[0].next, timers[0].count, 1, pool);
    tap_ok(pool->next == next && pool->chunks == chunks, "what is freed is what is used next");
}

int main(void)
{
    struct pool pool = { .chunks = NULL };
    srand(11);
    for (unsigned width = 1; width <= 2; width++) {
        test_every_length(width, &pool);
        test_many_at_a_time(width, &pool);
    }
    test_given_back(&pool);
    pool_free(&pool);
    return tap_done();
}
