/* record: what is written reads back, errors are named, and neither looks beyond its bytes. */
#include "format/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/columns.h"
#include "tap.h"

#define T "\t1700000000.123"

static void test_good(void)
{
    static const struct {
        const char *line;
        enum record_type type;
        double number, rate;
        int64_t time;
    } cases[] = {
        { "a\tc\t1\t1" T, RECORD_COUNTER, 1, 1, 1700000000123 },
        { "a;k=v\tms\t320\t0.1" T, RECORD_TIMER, 320, 0.1, 1700000000123 },
        { "a\tms\t-0\t1" T, RECORD_TIMER, 0, 1, 1700000000123 },
        { "a\th\t-1.5\t1" T, RECORD_HISTOGRAM, -1.5, 1, 1700000000123 },
        { "a\td\t1e3\t1" T, RECORD_DISTRIBUTION, 1000, 1, 1700000000123 },
        { "a\tg\t-5\t1" T, RECORD_GAUGE, -5, 1, 1700000000123 },
        { "a\tgd\t+5\t1" T, RECORD_GAUGE_DELTA, 5, 1, 1700000000123 },
        { "a\ts\tjoe \\t\\\\\t1" T, RECORD_SET, 0, 1, 1700000000123 },
        { "a\tc\t1\t1.0\t1", RECORD_COUNTER, 1, 1, 1000 },
        { "a\tc\t1\t1\t1\t127.0.0.1:4000\tmore", RECORD_COUNTER, 1, 1, 1000 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r = { .time = 0 };
        struct span culprit;
        enum record_error error = record_parse(cases[i].line, strlen(cases[i].line), &r, &culprit);
        bool equal = r.type == cases[i].type && r.number == cases[i].number && r.rate == cases[i].rate &&
                     r.time == cases[i].time;
        tap_ok(error == RECORD_OK && equal, "good: %s", cases[i].line);
    }
}

static void test_bad(void)
{
    static const struct {
        const char *line;
        enum record_error error;
        const char *culprit;
    } cases[] = {
        { "", RECORD_COLUMNS, "" },
        { "a:1|c", RECORD_COLUMNS, "a:1|c" },
        { "a\tc\t1\t1", RECORD_COLUMNS, "a\tc\t1\t1" },
        { "\tc\t1\t1\t1", RECORD_NO_SERIES, "\tc\t1\t1\t1" },
        { ";k=v\tc\t1\t1\t1", RECORD_NO_SERIES, ";k=v\tc\t1\t1\t1" },
        { "a\tx\t1\t1\t1", RECORD_BAD_TYPE, "x" },
        { "a\t\t1\t1\t1", RECORD_BAD_TYPE, "" },
        { "a\tcc\t1\t1\t1", RECORD_BAD_TYPE, "cc" },
        { "a\tC\t1\t1\t1", RECORD_BAD_TYPE, "C" },
        { "a\tc\tx\t1\t1", RECORD_BAD_VALUE, "x" },
        { "a\tc\t\t1\t1", RECORD_BAD_VALUE, "" },
        { "a\tc\t1e400\t1\t1", RECORD_BAD_VALUE, "1e400" },
        { "a\tc\tnan\t1\t1", RECORD_BAD_VALUE, "nan" },
        { "a\ts\t\t1\t1", RECORD_NO_MEMBER, "" },
        { "a\tms\t-1\t1\t1", RECORD_NEGATIVE, "-1" },
        { "a\tc\t1\t0\t1", RECORD_BAD_RATE, "0" },
        { "a\tc\t1\t-0.5\t1", RECORD_BAD_RATE, "-0.5" },
        { "a\tc\t1\t1.1\t1", RECORD_BAD_RATE, "1.1" },
        { "a\tc\t1\t\t1", RECORD_BAD_RATE, "" },
        { "a\tc\t1\t1\t", RECORD_BAD_TIME, "" },
        { "a\tc\t1\t1\tnow", RECORD_BAD_TIME, "now" },
        { "a\tc\tcount\t5\t1700000010", RECORD_AGGREGATE, "a\tc\tcount\t5\t1700000010" },
        { "a\tms\tupper_90\t5\t1700000010", RECORD_AGGREGATE, "a\tms\tupper_90\t5\t1700000010" },
        { "statsd\town\tnumStats\t5\t1700000010", RECORD_AGGREGATE, "statsd\town\tnumStats\t5\t1700000010" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r;
        struct span culprit = { NULL, 0 };
        enum record_error error = record_parse(cases[i].line, strlen(cases[i].line), &r, &culprit);
        tap_ok(error == cases[i].error && span_is(culprit, cases[i].culprit), "%s '%s', %s: %s",
               record_error_what(cases[i].error), cases[i].culprit, record_error_why(cases[i].error), cases[i].line);
    }
}

static void test_write(void)
{
    char line[256];
    struct sample s = { .series = SPAN("a\tb;k=v"),
                        .type = RECORD_GAUGE_DELTA,
                        .value = SPAN("+5"),
                        .rate = SPAN("0.1"),
                        .time = 1700000000123 };
    size_t length = (size_t)(record_write(line, &s, (struct span){ NULL, 0 }) - line);
    tap_ok(span_equal((struct span){ line, length }, SPAN("a\\tb;k=v\tgd\t+5\t0.1" T "\n")), "a record");
    length = (size_t)(record_write(line, &s, SPAN("[::1]:9")) - line);
    tap_ok(span_equal((struct span){ line, length }, SPAN("a\\tb;k=v\tgd\t+5\t0.1" T "\t[::1]:9\n")),
           "with its source");
    length = (size_t)(record_reject(line, 1500, SPAN("stdin:3"), SPAN("bad value"), SPAN("x\ty")) - line);
    tap_ok(span_equal((struct span){ line, length }, SPAN("1.500\tstdin:3\tbad value\tx\\ty\n")), "a reject");
    tap_ok(length <= record_reject_size(SPAN("stdin:3"), SPAN("bad value"), SPAN("x\ty")), "has room");
}

static struct span random_bytes(char *to, size_t most)
{
    size_t length = 1 + (size_t)rand() % most;
    for (size_t i = 0; i < length; i++)
        to[i] = rand() % 3 ? (char)rand() : "\t\n\r\\\0;="[rand() % 7];
    return (struct span){ to, length };
}

/* parse(write(sample)) is the sample, whatever its bytes. */
static void test_round_trip(void)
{
    static const struct span rates[] = { { "1", 1 }, { "0.5", 3 }, { "1e-9", 4 } };
    int different = 0, too_long = 0;
    srand(5);
    for (int i = 0; i < 50000; i++) {
        char name[40], member[40], value[40], line[512], escaped[128];
        struct sample s = { .series = random_bytes(name, 40),
                            .type = (enum record_type)(rand() % RECORD_TYPES),
                            .rate = rates[rand() % 3],
                            .time = (int64_t)rand() * 1000 + rand() % 1000 };
        if (name[0] == ';')
            name[0] = 'n'; /* a series has a name */
        int number = s.type == RECORD_TIMER ? rand() : rand() - RAND_MAX / 2;
        s.value = (struct span){ value, (size_t)snprintf(value, sizeof value, "%d.5", number) };
        if (s.type == RECORD_SET)
            s.value = random_bytes(member, 40);
        struct span source = i % 2 ? SPAN("127.0.0.1:9") : (struct span){ "", 0 }, culprit;
        size_t length = (size_t)(record_write(line, &s, source) - line);
        too_long += length > record_size(&s, source.length);
        struct record r;
        enum record_error error = record_parse(line, length - 1, &r, &culprit);
        if (error != RECORD_OK || r.type != s.type || r.time != s.time || line[length - 1] != '\n') {
            different++;
            continue;
        }
        size_t name_length = (size_t)(columns_unescape(escaped, r.series) - escaped);
        different += !span_equal((struct span){ escaped, name_length }, s.series);
        size_t value_length = (size_t)(columns_unescape(escaped, r.value) - escaped);
        different += !span_equal((struct span){ escaped, value_length }, s.value);
    }
    tap_ok(different == 0, "50000 random records come back (%d do not)", different);
    tap_ok(too_long == 0, "record_size is an upper bound");
}

int main(void)
{
    test_good();
    test_bad();
    test_write();
    test_round_trip();
    return tap_done();
}
