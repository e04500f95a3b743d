/* clock: whole milliseconds, aligned boundaries before and after 1970, and times as records write
 * them. */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void test_intervals(void)
{
    static const struct {
        int64_t time, interval, offset, k, next;
    } cases[] = {
        { 0, 10000, 0, 0, 10000 },
        { 9999, 10000, 0, 0, 10000 },
        { 10000, 10000, 0, 1, 20000 },
        { -1, 10000, 0, -1, 0 },
        { -10000, 10000, 0, -1, 0 },
        { -10001, 10000, 0, -2, -10000 },
        { 1700000000123, 1, 0, 1700000000123, 1700000000124 },
        { 2999, 10000, 3000, -1, 3000 },
        { 3000, 10000, 3000, 0, 13000 },
        { 12999, 10000, 3000, 0, 13000 },
        { 500, 1000, 500, 0, 1500 },
        { 1500, 1000, 500, 1, 2500 },
        { INT64_C(8640000000000000), 7, 0, INT64_C(1234285714285714), INT64_C(8640000000000005) },
        { INT64_C(-8640000000000000), 7, 0, INT64_C(-1234285714285715), INT64_C(-8639999999999998) },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t k = clock_interval_of(cases[i].time, cases[i].interval, cases[i].offset);
        int64_t next = clock_next_boundary(cases[i].time, cases[i].interval, cases[i].offset);
        if (!tap_ok(k == cases[i].k && next == cases[i].next, "%" PRId64 " in intervals of %" PRId64 " from %" PRId64,
                    cases[i].time, cases[i].interval, cases[i].offset))
            tap_note("interval %" PRId64 ", next %" PRId64, k, next);
    }
}

static void test_parse(void)
{
    static const struct {
        const char *text;
        int64_t time;
    } cases[] = {
        { "0", 0 },
        { "1700000000", 1700000000000 },
        { "1700000000.1", 1700000000100 },
        { "1700000000.123", 1700000000123 },
        { "1700000000.1239999", 1700000000123 },
        { "1700000000.", 1700000000000 },
        { ".5", 500 },
        { "+1700000000.123", 1700000000123 },
        { "+1700000000.001", 1700000000001 },
        { "-1.5", -1500 },
        { "-1.001", -1001 },
        { "-0.0009", 0 },
        { "-1700000000.123", -1700000000123 },
        { "0001700000000.123", 1700000000123 },
        { "1.7e9", 1700000000000 },
        { "1e-3", 1 },
        { "8640000000000", 8640000000000000 },
        { "-8640000000000", -8640000000000000 },
    };
    static const char *const bad[] = {
        "",     ".",   "-",     "x",    "1x",    " 1",  "1 ", "1,5",           "0x10",
        "nan",  "inf", "1.2.3", "1.2x", "--1.5", "+-1", "+.", "8640000000001", "-8640000000001",
        "1e300"
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t time = 42;
        bool good = clock_parse(cases[i].text, strlen(cases[i].text), &time);
        if (!tap_ok(good && time == cases[i].time, "%s is %" PRId64, cases[i].text, cases[i].time))
            tap_note("%" PRId64, time);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t time = 42;
        tap_ok(!clock_parse(bad[i], strlen(bad[i]), &time) && time == 42, "'%s' is not a time", bad[i]);
    }
    int64_t time;
    tap_ok(clock_parse("17000", 2, &time) && time == 17000, "only the given bytes are read");
    tap_ok(!clock_parse("1\0002", 3, &time), "a NUL is no end");
}

static void check_format(int64_t time, const char *plain, const char *millis)
{
    char text[CLOCK_TEXT_MAX];
    size_t length = clock_format(time, text);
    tap_ok(length == strlen(plain) && memcmp(text, plain, length) == 0, "%" PRId64 " is %s", time, plain);
    length = clock_format_millis(time, text);
    tap_ok(length == strlen(millis) && memcmp(text, millis, length) == 0, "%" PRId64 " is %s", time, millis);
}

static void test_format(void)
{
    check_format(0, "0", "0.000");
    check_format(1700000010000, "1700000010", "1700000010.000");
    check_format(1700000000500, "1700000000.500", "1700000000.500");
    check_format(7, "0.007", "0.007");
    check_format(-7, "-0.007", "-0.007");
    check_format(-1500, "-1.500", "-1.500");
    check_format(INT64_MAX, "9223372036854775.807", "9223372036854775.807");
    check_format(INT64_MIN, "-9223372036854775.808", "-9223372036854775.808");
}

static void test_round_trip(void)
{
    int different = 0;
    srand(11);
    for (int i = 0; i < 100000; i++) {
        char text[CLOCK_TEXT_MAX];
        int64_t back = 0, time = ((int64_t)rand() << 20 ^ rand()) % 8640000000000000;
        if (i % 2)
            time = -time;
        size_t length = i % 4 < 2 ? clock_format(time, text) : clock_format_millis(time, text);
        different += !clock_parse(text, length, &back) || back != time;
    }
    tap_ok(different == 0, "100000 times, written and read, are the same (%d are not)", different);
}

static void test_now(void)
{
    int64_t before = clock_monotonic_us(), millis = clock_monotonic_ms();
    tap_ok(clock_wall_ms() > 1700000000000, "the wall clock is past 2023");
    tap_ok(millis >= before / 1000 && clock_monotonic_us() >= before, "the monotonic clock moves forward");
}

int main(void)
{
    test_intervals();
    test_parse();
    test_format();
    test_round_trip();
    test_now();
    return tap_done();
}
