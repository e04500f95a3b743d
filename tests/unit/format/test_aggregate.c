/* aggregate: its rows read back, a record is not mistaken for an aggregate, and only a type's own
 * statistics pass. */
#include "format/aggregate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define T "\t1700000010"

static void test_good(void)
{
    static const struct {
        const char *line;
        enum aggregate_type type;
        double number;
        bool ends;
    } cases[] = {
        { "a\tc\tcount\t5" T, AGGREGATE_COUNTER, 5, false },
        { "a\tc\trate\t0.5" T, AGGREGATE_COUNTER, 0.5, false },
        { "a\tms\tcount_ps\t1" T, AGGREGATE_TIMER, 1, false },
        { "a\tms\tstd\t1" T, AGGREGATE_TIMER, 1, false },
        { "a\tms\tupper_90\t1" T, AGGREGATE_TIMER, 1, false },
        { "a\tms\tupper_99_9\t1" T, AGGREGATE_TIMER, 1, false },
        { "a\tms\tlower_top10\t1" T, AGGREGATE_TIMER, 1, false },
        { "a\tms\tsum_squares_90\t1" T, AGGREGATE_TIMER, 1, false },
        { "a\tms\thistogram.bin_0_5\t1" T, AGGREGATE_TIMER, 1, false },
        { "a\tms\thistogram.bin_inf\t1" T, AGGREGATE_TIMER, 1, false },
        { "a\tg\tvalue\t-1e-7" T, AGGREGATE_GAUGE, -1e-7, false },
        { "a\ts\tcount\t1" T, AGGREGATE_SET, 1, false },
        { "statsd\town\tseries\t1" T, AGGREGATE_OWN, 1, false },
        { "statsd\town\tnumStats\t3" T "\tmore", AGGREGATE_OWN, 3, true },
        { "a\tg\tvalue\t7\t1.5", AGGREGATE_GAUGE, 7, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct aggregate a = { .time = 0 };
        struct span culprit;
        enum aggregate_error error = aggregate_parse(cases[i].line, strlen(cases[i].line), &a, &culprit);
        tap_ok(error == AGGREGATE_OK && a.type == cases[i].type && a.number == cases[i].number &&
                   aggregate_ends_interval(&a) == cases[i].ends && a.time % 500 == 0 && a.time > 0,
               "good: %s", cases[i].line);
    }
}

static void test_bad(void)
{
    static const struct {
        const char *line;
        enum aggregate_error error;
        const char *culprit;
    } cases[] = {
        { "", AGGREGATE_COLUMNS, "" },
        { "a\tc\tcount\t5", AGGREGATE_COLUMNS, "a\tc\tcount\t5" },
        { "\tc\tcount\t5\t1", AGGREGATE_NO_SERIES, "\tc\tcount\t5\t1" },
        { "a\tx\tcount\t5\t1", AGGREGATE_UNKNOWN_TYPE, "x" },
        { "a\tc\tmean\t5\t1", AGGREGATE_BAD_STATISTIC, "mean" },
        { "a\tc\t\t5\t1", AGGREGATE_BAD_STATISTIC, "" },
        { "a\tg\tcount\t5\t1", AGGREGATE_BAD_STATISTIC, "count" },
        { "a\ts\trate\t5\t1", AGGREGATE_BAD_STATISTIC, "rate" },
        { "a\tms\tupper_\t5\t1", AGGREGATE_BAD_STATISTIC, "upper_" },
        { "a\tms\tupper_x\t5\t1", AGGREGATE_BAD_STATISTIC, "upper_x" },
        { "a\tms\tupper_top\t5\t1", AGGREGATE_BAD_STATISTIC, "upper_top" },
        { "a\tms\tmedian_90\t5\t1", AGGREGATE_BAD_STATISTIC, "median_90" },
        { "a\tms\thistogram.\t5\t1", AGGREGATE_BAD_STATISTIC, "histogram." },
        { "s\town\t\t5\t1", AGGREGATE_BAD_STATISTIC, "" },
        { "a\tc\tcount\tx\t1", AGGREGATE_BAD_VALUE, "x" },
        { "a\tc\tcount\tNaN\t1", AGGREGATE_BAD_VALUE, "NaN" },
        { "a\tc\tcount\t5\tnow", AGGREGATE_BAD_TIME, "now" },
        { "a\tc\t5\t1\t1", AGGREGATE_RECORD, "a\tc\t5\t1\t1" },
        { "a\tms\t5\t0.1\t1.123", AGGREGATE_RECORD, "a\tms\t5\t0.1\t1.123" },
        { "a\tgd\t+5\t1\t1.123", AGGREGATE_RECORD, "a\tgd\t+5\t1\t1.123" },
        { "a\th\t5\t1\t1.123", AGGREGATE_RECORD, "a\th\t5\t1\t1.123" },
        { "a\ts\tjoe\t1\t1.123", AGGREGATE_RECORD, "a\ts\tjoe\t1\t1.123" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct aggregate a;
        struct span culprit = { NULL, 0 };
        enum aggregate_error error = aggregate_parse(cases[i].line, strlen(cases[i].line), &a, &culprit);
        tap_ok(error == cases[i].error && span_is(culprit, cases[i].culprit), "%s '%s', %s: %s",
               aggregate_error_what(cases[i].error), cases[i].culprit, aggregate_error_why(cases[i].error),
               cases[i].line);
    }
}

static void test_round_trip(void)
{
    static const char *const names[AGGREGATE_TYPES] = { "rate", "sum_squares_99_9", "value", "count", "figure" };
    int different = 0, too_long = 0;
    srand(9);
    for (int i = 0; i < 50000; i++) {
        char line[256];
        enum aggregate_type type = (enum aggregate_type)(rand() % AGGREGATE_TYPES);
        struct span series = { "a;b=\\tc", (size_t)(1 + rand() % 7) }, statistic = { names[type], strlen(names[type]) };
        double value = (rand() - RAND_MAX / 2) * (1.0 / (1 + rand()));
        size_t length = (size_t)(aggregate_write(line, series, type, statistic, value, SPAN("1700000010.500")) - line);
        too_long += length > aggregate_size(series, statistic);
        struct aggregate a;
        struct span culprit;
        different += aggregate_parse(line, length - 1, &a, &culprit) != AGGREGATE_OK || a.number != value ||
                     a.type != type || a.time != 1700000010500 || !span_equal(a.series, series) ||
                     !span_equal(a.statistic, statistic);
    }
    tap_ok(different == 0, "50000 random aggregates come back to the last digit (%d do not)", different);
    tap_ok(too_long == 0, "aggregate_size is an upper bound");
}

int main(void)
{
    test_good();
    test_bad();
    test_round_trip();
    return tap_done();
}
