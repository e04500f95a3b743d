#include "statsd-recv/pace.h"

#include "tap.h"

static void test_length(void)
{
    struct pace p;
    pace_init(&p, 4 << 20);
    tap_ok(p.rest == 1000, "4 MiB of queue: a millisecond");
    pace_init(&p, 1 << 30);
    tap_ok(p.rest == 1000, "a GiB: no longer");
    pace_init(&p, 1 << 20);
    tap_ok(p.rest == 256, "1 MiB: 256 µs, which no sender fills it in");
    pace_init(&p, 212992 / 2);
    tap_ok(p.rest == 0, "the usual queue: none");
    tap_ok(pace_rest(&p, 1000, 1) == 0 && pace_rest(&p, 1001, 64) == 0, "and never");
}

static void test_load(void)
{
    struct pace p;
    pace_init(&p, 4 << 20);
    tap_ok(pace_rest(&p, 5000000, 1) == 0, "the first datagram");
    tap_ok(pace_rest(&p, 5000600, 1) == 0, "another, more than half a rest later");
    tap_ok(pace_rest(&p, 5000900, 1) == 1000, "two that are closer together");
    tap_ok(pace_rest(&p, 5001900, 10) == 1000, "ten in a rest");
    tap_ok(pace_rest(&p, 5002900, 3) == 1000, "three in a rest");
    tap_ok(pace_rest(&p, 5003900, 1) == 0, "one in a rest: no more");
    tap_ok(pace_rest(&p, 5003950, 0) == 0 && pace_rest(&p, 5004000, 1) == 1000,
           "a wake-up without any changes nothing");
    tap_ok(pace_rest(&p, 5005000, 0) == 0, "a rest in which nothing came was the last");
    tap_ok(pace_rest(&p, 9000000, 64) == 0, "a batch after a long silence");
}

int main(void)
{
    test_length();
    test_load();
    return tap_done();
}
