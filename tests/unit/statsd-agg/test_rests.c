/* statsd-agg's rests of long names: shared when they come again soon, right in any case. */
#include "series/rests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static struct span numbered(const char *format, int i)
{
    static char text[1000];
    int length = snprintf(text, sizeof text, format, i, i % 90 * 10, i);
    return (struct span){ text, (size_t)length };
}

int main(void)
{
    enum { MANY = 100000 };
    static uint32_t places[MANY];
    struct hash_seed seed = hash_seed_random();
    struct rests r = { .bytes = NULL };
    size_t used;
    int wrong = 0;
    uint32_t first = rests_put(&r, &seed, SPAN(";env=prod;host=web08")), empty = rests_put(&r, &seed, SPAN(""));
    tap_ok(span_is(rests_get(&r, first), ";env=prod;host=web08") && !rests_get(&r, empty).length, "a rest, and none");
    tap_ok(rests_put(&r, &seed, SPAN(";env=prod;host=web08")) == first && rests_put(&r, &seed, SPAN("")) == empty,
           "one that comes again is shared");
    tap_ok(rests_put(&r, &seed, SPAN(";env=prod;host=web09")) != first &&
               rests_put(&r, &seed, SPAN(";env=prod;host=web0")) != first,
           "one that differs in its last byte, or lacks it, is not");
    for (int i = 0; i < MANY; i++)
        places[i] = rests_put(&r, &seed, numbered("%d%0*d", i));
    used = r.used;
    for (int i = 0; i < MANY; i++)
        wrong += !span_equal(rests_get(&r, places[i]), numbered("%d%0*d", i));
    tap_ok(!wrong, "100,000 that never repeat, from 2 to 900 bytes (%d wrong)", wrong);
    for (int i = 0; i < MANY; i++) {
        uint32_t place = rests_put(&r, &seed, numbered(";host=web%d", i % 1000));
        wrong += !span_equal(rests_get(&r, place), numbered(";host=web%d", i % 1000));
    }
    tap_ok(!wrong && r.used - used < 100 * (size_t)1000 * 16, "1,000 that repeat take little room, %zu bytes",
           r.used - used);
    rests_free(&r);
    return tap_done();
}
