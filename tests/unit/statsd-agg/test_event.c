/* statsd-agg's event time: which intervals are open, due, late or left out when the records' own
 * times decide. */
#include "time/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "tap.h"

/* Gives e a record of each time, as statsd-agg would, and writes what happens: `+END` for the
 * interval it belongs to, `late(MISSING)`, and `END` for each that is taken out because it is
 * due. */
static const char *after(struct event_intervals *e, const int64_t *times, size_t count, bool to_the_end)
{
    static char text[2000];
    size_t length = 0;
    struct interval *interval;
    text[0] = '\0';
    for (size_t i = 0; i < count + 1; i++) {
        if (i < count) {
            int64_t missing = event_lateness_missing(e, times[i]);
            if (missing)
                length += (size_t)snprintf(text + length, sizeof text - length, "late(%" PRId64 ") ", missing);
            else
                length += (size_t)snprintf(text + length, sizeof text - length, "+%" PRId64 " ",
                                           event_interval(e, times[i])->end);
        }
        while ((interval = event_close_next(e, i == count && to_the_end)) != NULL) {
            length += (size_t)snprintf(text + length, sizeof text - length, "%" PRId64 " ", interval->end);
            free(interval);
        }
    }
    return text;
}

static void happens(const char *what, int64_t lateness, int64_t max_gap, const int64_t *times, size_t count,
                    const char *expected)
{
    struct event_intervals e;
    event_init(&e, 10, 0, lateness, max_gap);
    const char *is = after(&e, times, count, true);
    if (!tap_ok(strcmp(is, expected) == 0, "%s", what))
        tap_note("is %s", is);
    event_free(&e);
}

#define TIMES(...) (const int64_t[]){ __VA_ARGS__ }, sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)

static void test_due(void)
{
    happens("in order", 0, 1000, TIMES(0, 9, 10, 25), "+10 +10 +20 10 +30 20 30 ");
    happens("due at end plus lateness, not before", 5, 1000, TIMES(0, 14, 15), "+10 +20 +20 10 20 ");
    happens("late exactly then", 5, 1000, TIMES(0, 14, 9, 15, 9, 10), "+10 +20 +10 +20 10 late(1) +20 20 ");
    happens("what is missing", 0, 1000, TIMES(30, 9, 19, 29, 30), "+40 late(21) late(11) late(1) +40 40 ");
    happens("a late time is not seen", 0, 1000, TIMES(30, 0, 31), "+40 late(21) +40 40 ");
    happens("before 1970", 0, 1000, TIMES(-11, -10, -1, 0), "+-10 +0 -10 +0 +10 0 10 ");
    happens("all stay open", LATENESS_ALL, 1000, TIMES(25, 5, 15, -5), "+30 +10 +20 +0 0 10 20 30 ");
    happens("none at all", 0, 1000, NULL, 0, "");
}

static void test_gaps(void)
{
    happens("a short stretch is filled in", 0, 20, TIMES(0, 30), "+10 +40 10 20 30 40 ");
    happens("a longer one is left out", 0, 19, TIMES(0, 30), "+10 +40 10 40 ");
    happens("with none allowed", 0, 0, TIMES(0, 10, 30), "+10 +20 10 +40 20 40 ");
    happens("a stretch that a late comer shortens", 30, 20, TIMES(0, 50, 30, 61),
            "+10 +60 10 +40 20 +70 30 40 50 60 70 ");
    happens("what lies in a stretch left out is late", 0, 20, TIMES(0, 50, 61, 30), "+10 +60 10 +70 60 late(22) 70 ");
    happens("from 1970 to 2100 in one step", 0, 300000, TIMES(0, INT64_C(4102444800000)),
            "+10 +4102444800010 10 4102444800010 ");
    happens("the farthest times", 0, 300000, TIMES(-INT64_C(8640000000000000), INT64_C(8640000000000000)),
            "+-8639999999999990 +8640000000000010 -8639999999999990 8640000000000010 ");
}

static void test_offset(void)
{
    struct event_intervals e;
    event_init(&e, 10, 3, 0, 1000);
    const char *is = after(&e, TIMES(2, 3, 12, 13), true);
    tap_ok(strcmp(is, "+3 +13 3 +13 +23 13 23 ") == 0, "boundaries moved by 3");
    event_free(&e);
}

static void test_clock(void)
{
    struct event_intervals e;
    event_init(&e, 10, 0, 0, 20);
    e.by_clock = true;
    const char *is = after(&e, TIMES(35, 5, 25), false);
    tap_ok(strcmp(is, "+40 +10 +30 ") == 0 && !event_would_close(&e, 1000), "records close nothing by the clock");
    event_clock(&e, 30);
    event_clock(&e, 7);
    is = after(&e, TIMES(29, 30), false);
    tap_ok(strcmp(is, "late(1) 10 20 30 +40 ") == 0, "the clock does, and never goes back: %s", is);
    event_clock(&e, 61);
    is = after(&e, NULL, 0, false);
    tap_ok(strcmp(is, "40 50 60 ") == 0 && e.count == 1, "it counts as a record in the interval it comes to");
    event_free(&e);
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Opened in any order and taken in turn, while others are opened: always by rising end, none twice,
 * none lost. */
static void test_many(void)
{
    enum { COUNT = 20000 };
    static int64_t ends[COUNT];
    struct event_intervals e;
    int wrong = 0;
    size_t opened = 0, taken = 0, expected = 0;
    int64_t last = INT64_MIN;
    srand(4);
    event_init(&e, 10, 0, 3000, 0);
    for (int64_t i = 0; i < COUNT; i++) {
        int64_t time = i * 7 + rand() % 2000;
        if (event_lateness_missing(&e, time))
            continue;
        struct interval *interval = event_interval(&e, time);
        wrong += time < interval->start || time >= interval->end || event_interval(&e, time) != interval;
        ends[opened++] = interval->end;
        for (; (interval = event_close_next(&e, false)) != NULL; taken++) {
            wrong += interval->end <= last;
            last = interval->end;
            free(interval);
        }
    }
    for (struct interval *interval; (interval = event_close_next(&e, true)) != NULL; taken++) {
        wrong += interval->end <= last;
        last = interval->end;
        free(interval);
    }
    qsort(ends, opened, sizeof *ends, compare);
    for (size_t i = 0; i < opened; i++)
        expected += i == 0 || ends[i] != ends[i - 1];
    tap_ok(!wrong && taken == expected && taken > 1000, "%zu of %zu opened and taken in order (%d wrong)", taken,
           expected, wrong);
    event_free(&e);
}

/* Cells know their interval by its serial, so two that are open at a time must not share one. */
static void test_serials(void)
{
    struct event_intervals e;
    event_init(&e, 10, 0, LATENESS_ALL, 1000);
    e.serial = UINT32_MAX - 1;
    uint32_t serials[4];
    int wrong = 0;
    for (int i = 0; i < 4; i++) {
        serials[i] = event_interval(&e, i * 10)->serial;
        wrong += !serials[i] || (i > 0 && serials[i] == serials[i - 1]);
    }
    tap_ok(!wrong, "serials that come round are neither 0 nor given twice");
    event_free(&e);
}

static void test_would_close(void)
{
    struct event_intervals e;
    event_init(&e, 10, 0, 5, 1000);
    tap_ok(!event_would_close(&e, 100), "no interval, none to close");
    event_interval(&e, 8);
    event_interval(&e, 12);
    tap_ok(!event_would_close(&e, 14) && event_would_close(&e, 15), "an interval closes at its end plus lateness");
    event_interval(&e, 15);
    tap_ok(!event_would_close(&e, 15), "a time that has been seen closes no other one");
    event_free(&e);
}

int main(void)
{
    test_serials();
    test_would_close();
    test_due();
    test_gaps();
    test_offset();
    test_clock();
    test_many();
    return tap_done();
}
