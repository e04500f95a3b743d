/* history: data of many metrics come back whole and in order. */
#include "history.h"

#include <string.h>

#include "tap.h"

enum { METRICS = 100, INTERVALS = 200, LONGEST = 40000 };

/* The interval's data: their count, and that many numbers of their own. */
static size_t make(double *data, size_t metric, size_t interval)
{
    size_t count = metric == 0 && interval % 50 == 7 ? LONGEST : 1 + (metric + interval / 3) % 9;
    for (size_t i = 0; i < count; i++)
        data[i] = (double)(metric * 1000000 + interval * 1000 + i % 1000);
    data[0] = (double)count;
    return count;
}

static bool is_whole(const struct history *h, size_t metric)
{
    static double expected[LONGEST];
    size_t interval = 0;
    for (const struct history_block *b = h->first; b; b = b->next)
        for (size_t at = 0; at < b->count; interval++) {
            size_t count = make(expected, metric, interval);
            if (at + count > b->count || memcmp(b->numbers + at, expected, count * sizeof *expected) != 0)
                return false;
            at += count;
        }
    return interval == INTERVALS;
}

int main(void)
{
    static struct history list[METRICS];
    static double data[LONGEST];
    struct history_memory memory = { NULL, 0 };
    bool are_whole = true;
    for (size_t interval = 0; interval < INTERVALS; interval++)
        for (size_t metric = 0; metric < METRICS; metric++)
            history_add(&list[metric], &memory, data, make(data, metric, interval));
    for (size_t metric = 0; metric < METRICS; metric++)
        are_whole &= is_whole(&list[metric], metric);
    tap_ok(are_whole, "the data of each interval, in one block and in order");
    history_free(&memory);
    tap_ok(!memory.slabs && !memory.left, "and no memory is left");
    return tap_done();
}
