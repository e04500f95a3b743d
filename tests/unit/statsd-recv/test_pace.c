#include "pace.h"

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
    tap_ok(pace_rest(&p, 5000900, 1) == 4000, "two that are closer together");
    tap_ok(pace_rest(&p, 5004900, 50) == 4000, "fifty in a long rest");
    tap_ok(pace_rest(&p, 5008900, 9) == 4000, "nine in a long rest");
    tap_ok(pace_rest(&p, 5012900, 8) == 0, "eight in a long rest: no more");
    tap_ok(pace_rest(&p, 5012950, 0) == 0 && pace_rest(&p, 5013000, 1) == 4000,
           "a wake-up without any changes nothing");
    tap_ok(pace_rest(&p, 5014000, 0) == 0, "a rest in which nothing came was the last");
    tap_ok(pace_rest(&p, 9000000, 64) == 0, "a batch after a long silence");
}

/* 4 MiB hold 1,024 datagrams of 4 KiB; an eighth of them is 128. */
static void test_rate(void)
{
    struct pace p;
    pace_init(&p, 4 << 20);
    pace_rest(&p, 1000000, 1);
    tap_ok(pace_rest(&p, 1001000, 32) == 4000, "32 a millisecond: 128 in four");
    tap_ok(pace_rest(&p, 1002000, 64) == 2000, "64 a millisecond: 128 in two");
    tap_ok(pace_rest(&p, 1003000, 128) == 1000, "128 a millisecond: one");
    tap_ok(pace_rest(&p, 1004000, 2000) == 1000, "any number more: still one, which is safe");
    pace_init(&p, 1 << 20);
    pace_rest(&p, 1000000, 1);
    tap_ok(pace_rest(&p, 1001000, 16) == 2000, "a quarter of the queue: 32 in two");
}

int main(void)
{
    test_length();
    test_load();
    test_rate();
    return tap_done();
}
