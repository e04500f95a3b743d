/* statsd-agg's spill: cells by slot and interval, put in and taken out at random, against a plain
 * table of them. */
#include "series/overflow.h"

#include <stdlib.h>

#include "tap.h"

enum { SLOTS = 3000, SERIALS = 5, STEPS = 300000 };

/* 0: it is not there. */
static double expected[SLOTS][SERIALS];

static bool is_right(const struct overflow *s, uint32_t slot, uint32_t serial)
{
    const struct cell *c = overflow_find(s, slot, serial + 1);
    double value = expected[slot][serial];
    return value == 0 ? !c : c && c->interval == serial + 1 && c->sum == value;
}

static int count_wrong(const struct overflow *s)
{
    int wrong = 0;
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        for (uint32_t serial = 0; serial < SERIALS; serial++) {
            wrong += !is_right(s, slot, serial);
            count += expected[slot][serial] != 0;
        }
    return wrong + (count != s->count);
}

/* By turns it fills up and empties, down to the last. */
static void test_random(struct overflow *s)
{
    int wrong = 0;
    for (int step = 0; step < STEPS; step++) {
        uint32_t slot = (uint32_t)rand() % SLOTS, serial = (uint32_t)rand() % SERIALS;
        bool fills = rand() % 100 < (step / 50000 % 2 ? 10 : 90);
        double *value = &expected[slot][serial];
        wrong += !is_right(s, slot, serial);
        if (fills && *value == 0) {
            *value = step + 1;
            overflow_put(s, slot, &(struct cell){ .interval = serial + 1, .sum = *value });
        } else if (!fills && *value != 0) {
            *value = 0;
            overflow_remove(s, slot, serial + 1);
        }
        if (step % 10000 == 0)
            wrong += count_wrong(s);
    }
    tap_ok(wrong == 0, "300,000 cells put in and taken out (%d wrong)", wrong);
}

static void test_renumber(struct overflow *s)
{
    static double before[SLOTS][SERIALS];
    static uint32_t moved[SLOTS];
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        moved[slot] = SLOTS - 1 - slot;
        for (uint32_t serial = 0; serial < SERIALS; serial++)
            before[slot][serial] = expected[slot][serial];
    }
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        for (uint32_t serial = 0; serial < SERIALS; serial++)
            expected[moved[slot]][serial] = before[slot][serial];
    overflow_renumber(s, moved);
    tap_ok(s->count > 0 && count_wrong(s) == 0, "%u of them found under other slots", s->count);
}

int main(void)
{
    struct overflow overflow = { .count = 0 };
    srand(5);
    tap_ok(!overflow_find(&overflow, 1, 1), "an empty one has none");
    overflow_renumber(&overflow, NULL);
    test_random(&overflow);
    test_renumber(&overflow);
    overflow_free(&overflow);
    return tap_done();
}
