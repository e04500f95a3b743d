/* statsd-agg's ends of intervals by number: the same after they have been renumbered, and few. */
#include "series/ends.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

enum { SLOTS = 500 };

static uint32_t numbers[SLOTS];

static void renumber(struct ends *e)
{
    bool *is_used = calloc((size_t)e->count + 1, sizeof *is_used);
    for (int i = 0; i < SLOTS; i++)
        is_used[numbers[i]] = true;
    uint32_t *renumbered = ends_renumber(e, is_used);
    for (int i = 0; i < SLOTS; i++)
        numbers[i] = renumbered[numbers[i]];
    free(renumbered);
    free(is_used);
}

/* Gives each of many users one of 30 ends, in no order, as a state of idle series has them.
 * Returns how often all users had to be looked at. */
static int count_looks(void)
{
    enum { MANY = 200000 };
    struct ends e = { .times = NULL };
    int looks = 0;
    for (uint32_t users = 0; users < MANY; users++) {
        if (ends_are_many(&e, users)) {
            bool *is_used = malloc(e.count + 1);
            memset(is_used, true, e.count + 1);
            free(ends_renumber(&e, is_used));
            free(is_used);
            looks++;
        }
        ends_number(&e, rand() % 30);
    }
    tap_note("%d looks, %" PRIu32 " numbers at the end", looks, e.count);
    ends_free(&e);
    return looks;
}

int main(void)
{
    static int64_t times[SLOTS];
    struct ends e = { .times = NULL };
    int wrong = 0, renumbered = 0;
    uint32_t most = 0;
    tap_ok(ends_number(&e, NEVER) == ENDS_NEVER && ends_time(&e, ENDS_NEVER) == NEVER && !e.count,
           "never has no number");
    uint32_t first = ends_number(&e, 10), second = ends_number(&e, 20);
    tap_ok(first != second && ends_number(&e, 10) == first && ends_number(&e, 20) == second && e.count == 2,
           "the last few are found again");
    tap_ok(ends_time(&e, first) == 10 && ends_time(&e, second) == 20, "and are what they were");
    for (int i = 0; i < SLOTS; i++)
        times[i] = NEVER;
    srand(3);
    for (int step = 0; step < 200000; step++) {
        int i = rand() % SLOTS;
        if (ends_are_many(&e, SLOTS)) {
            renumber(&e);
            renumbered++;
        }
        times[i] = step % 7 ? (rand() % 40 - 20) * INT64_C(1000000000) : step;
        numbers[i] = ends_number(&e, times[i]);
        most = e.count > most ? e.count : most;
        for (int n = step % 100 ? SLOTS : 0; n < SLOTS; n++)
            wrong += ends_time(&e, numbers[n]) != times[n];
    }
    tap_ok(!wrong && renumbered > 0 && most < 4096,
           "200,000 ends of 500 slots, renumbered %d times, %" PRIu32 " at most", renumbered, most);
    renumber(&e);
    tap_ok(e.count <= SLOTS, "those in use have each one number");
    ends_free(&e);
    int looks = count_looks();
    tap_ok(looks > 0 && looks < 60, "200,000 users of 30 ends are not looked at for each thousand of them");
    return tap_done();
}
