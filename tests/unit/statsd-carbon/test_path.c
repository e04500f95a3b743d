/* path and clean: paths and the bytes in them. */
#include <stdlib.h>
#include <string.h>

#include "format/clean.h"
#include "format/graphite.h"
#include "tap.h"

static void cleans(const char *from, size_t length, const char *expected)
{
    char *input = malloc(length + 1), *output = malloc(length + 1);
    memcpy(input, from, length);
    size_t n = (size_t)(clean_put(output, (struct span){ input, length }) - output);
    tap_ok(n == strlen(expected) && memcmp(output, expected, n) == 0, "%zu bytes become %s", length, expected);
    n = (size_t)(clean_put(input, (struct span){ input, length }) - input);
    tap_ok(n == strlen(expected) && memcmp(input, expected, n) == 0, "in place too: %s", expected);
    free(input);
    free(output);
}

#define CLEANS(from, expected) cleans(from, sizeof(from) - 1, expected)

/* Every byte, at each place in and beside a word of eight. */
static void test_each_byte(void)
{
    bool good = true;
    for (unsigned byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < 11; at++) {
            char text[11], out[11];
            memset(text, 'x', sizeof text);
            text[at] = (char)byte;
            size_t n = (size_t)(clean_put(out, (struct span){ text, sizeof text }) - out);
            char expected = byte > 0x20 && byte < 0x7f ? (char)byte : '_';
            text[at] = expected;
            good &= n == sizeof text && memcmp(out, text, n) == 0;
        }
    tap_ok(good, "a byte alone stays exactly when it is visible ASCII, in any place");
}

static void test_clean(void)
{
    CLEANS("", "");
    CLEANS("a b\tc\nd", "a_b_c_d");
    CLEANS("\xc3\xa4\xe6\x97\xa5\xf0\x9f\x98\x80", "\xc3\xa4\xe6\x97\xa5\xf0\x9f\x98\x80");
    CLEANS("\xc2\x85\xc2\xa0\xc2\xa1", "__\xc2\xa1");
    CLEANS("\xe1\x9a\x80\xe2\x80\x8a\xe2\x80\x8b\xe2\x80\xa8\xe2\x80\xaf\xe2\x81\x9f\xe3\x80\x80",
           "__\xe2\x80\x8b____");
    CLEANS("\xc0\xaf", "__");
    CLEANS("\xe0\x9f\xbf", "___");
    CLEANS("\xed\xa0\x80", "___");
    CLEANS("\xf4\x90\x80\x80", "____");
    CLEANS("abcdefgh\xe2\x82", "abcdefgh__");
    CLEANS("\xe2\x82z", "__z");
}

static struct aggregate aggregate(enum aggregate_type type, const char *series, const char *statistic)
{
    return (struct aggregate){ .series = { series, strlen(series) },
                               .type = type,
                               .statistic = { statistic, strlen(statistic) },
                               .value = SPAN("1"),
                               .time_text = SPAN("2") };
}

static void writes(const struct path_words *words, struct aggregate a, const char *expected)
{
    struct paths paths;
    paths_init(&paths, words);
    size_t size = path_size(&paths, &a);
    char *line = malloc(size);
    size_t n = (size_t)(path_write(&paths, line, &a) - line);
    bool good = n <= size && n == strlen(expected) && memcmp(line, expected, n) == 0;
    if (!tap_ok(good, "%.*s", (int)strlen(expected) - 1, expected))
        tap_note("is %.*s", (int)n, line);
    free(line);
    paths_free(&paths);
}

int main(void)
{
    const struct path_words modern = { false, "stats", "counters", "timers", "gauges", "sets", "", NULL };
    const struct path_words legacy = { true, "x", "x", "x", "x", "x", "suf", "me" };
    const struct path_words empty = { false, "", "", "", "", "", "", "" };
    test_each_byte();
    test_clean();
    writes(&modern, aggregate(AGGREGATE_COUNTER, "a;k=v", "rate"), "stats.counters.a.rate;k=v 1 2\n");
    writes(&modern, aggregate(AGGREGATE_TIMER, "a", "upper_90"), "stats.timers.a.upper_90 1 2\n");
    writes(&modern, aggregate(AGGREGATE_GAUGE, "a", "value"), "stats.gauges.a 1 2\n");
    writes(&modern, aggregate(AGGREGATE_SET, "a\\tb\\\\n", "count"), "stats.sets.a_b\\n.count 1 2\n");
    writes(&modern, aggregate(AGGREGATE_OWN, "me;k=v", "numStats"), "stats.me.numStats;k=v 1 2\n");
    writes(&modern, aggregate(AGGREGATE_COUNTER, ";k=v", "rate"), "stats.counters.rate;k=v 1 2\n");
    writes(&legacy, aggregate(AGGREGATE_COUNTER, "a;k=v", "rate"), "stats.a.suf;k=v 1 2\n");
    writes(&legacy, aggregate(AGGREGATE_COUNTER, "a", "count"), "stats_counts.a.suf 1 2\n");
    writes(&legacy, aggregate(AGGREGATE_OWN, "a", "numStats"), "me.numStats.suf 1 2\n");
    writes(&legacy, aggregate(AGGREGATE_OWN, "a", "series"), "stats.me.series.suf 1 2\n");
    writes(&empty, aggregate(AGGREGATE_COUNTER, "a", "rate"), "a.rate 1 2\n");
    writes(&empty, aggregate(AGGREGATE_OWN, "a", "series"), "series 1 2\n");
    writes(&modern, aggregate(AGGREGATE_COUNTER, "a;host=h;name=b;z=1", "rate"),
           "stats.counters.a.rate;host=h;_name=b;z=1 1 2\n");
    writes(&modern, aggregate(AGGREGATE_GAUGE, "a;name=", "value"), "stats.gauges.a;_name= 1 2\n");
    writes(&modern, aggregate(AGGREGATE_SET, "a;\\tname=1;name=b\\\\", "count"),
           "stats.sets.a.count;_name=1;__name=b\\ 1 2\n");
    writes(&legacy, aggregate(AGGREGATE_COUNTER, "a;_name=1;name=b", "count"),
           "stats_counts.a.suf;_name=1;__name=b 1 2\n");
    writes(&modern, aggregate(AGGREGATE_OWN, "a;name=b", "x"), "stats.a.x;_name=b 1 2\n");
    const struct path_words own = { true, "x", "x", "x", "x", "x", "", "me;name=b" };
    writes(&own, aggregate(AGGREGATE_OWN, "a", "numStats"), "me.numStats;_name=b 1 2\n");
    return tap_done();
}
