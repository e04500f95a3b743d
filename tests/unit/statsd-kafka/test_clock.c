/* The clock of a partition. Times are in seconds here; the timeout is 60. */
#include "run/clock.h"

#include <stdarg.h>
#include <stdlib.h>

#include "tap.h"

enum { S = 1000, TIMEOUT = 60 };

static struct log_clock clock;

static int64_t ms(double seconds)
{
    return (int64_t)(seconds * 1000);
}

static bool tell_all(double appended, const char *source, double mark, bool is_end)
{
    const struct log_message message = {
        .appended = ms(appended),
        .has_source = source != NULL,
        .source = { source, source ? strlen(source) : 0 },
        .mark = ms(mark),
        .is_end = is_end,
    };
    return log_clock_take(&clock, &message);
}

/* A message of a source, with its mark; NULL: one without a source. */
static bool tell(double appended, const char *source, double mark)
{
    return tell_all(appended, source, mark, false);
}

static void begin(void)
{
    log_clock_free(&clock);
    log_clock_init(&clock, TIMEOUT * S);
}

static bool is_at(double time)
{
    if (clock.time == ms(time))
        return true;
    tap_note("the clock is at %lld ms", (long long)clock.time);
    return false;
}

static void test_least_mark(void)
{
    begin();
    tap_ok(tell(1000, "a", 999) && is_at(999), "the first mark is the clock");
    tap_ok(!tell(1001, "b", 998) && is_at(999), "it never goes back");
    tap_ok(!tell(1002, "a", 1002) && is_at(999), "the source that is behind is waited for");
    tap_ok(tell(1003, "b", 1001) && is_at(1001), "the least mark is the clock");
    tap_ok(!tell(1004, "b", 900) && is_at(1001), "a mark that goes back is none");
    tap_ok(!tell(1004, NULL, 0) && is_at(1001), "a message without a source has no say");
    tell_all(1004, "b", 1001.5, true);
    tap_ok(is_at(1002), "a source that takes its leave is not waited for");
    tell_all(1004, "a", 1003, true);
    tap_ok(is_at(1003), "the mark of the last one that takes its leave is the clock");
    tap_ok(tell(1004, "c", 1004) && is_at(1004), "a new source is waited for, and no other");
}

static void test_ahead(void)
{
    const struct log_source *odd;
    begin();
    tell(1000, "ahead", 1300);
    tap_ok(is_at(1000), "a source five minutes ahead: the clock is at most the append time");
    tap_ok((odd = log_clock_odd(&clock)) && strcmp(odd->name, "ahead") == 0 && odd->off == 300 * S, "it is named");
    for (int t = 1001; t < 1400; t++) {
        tell(t, "ahead", t + 300);
        tell(t + 0.5, "right", t);
        if (clock.time != t * S)
            break;
    }
    tap_ok(is_at(1399), "the others' marks are the clock");
    tap_ok(!log_clock_odd(&clock), "it is named once, and the others are not");
    begin();
    tell(1000, "ahead", 1059);
    tap_ok(!log_clock_odd(&clock), "less than the timeout ahead is not named");
}

static void test_behind(void)
{
    const struct log_source *odd = NULL;
    int named = 0;
    begin();
    for (int t = 1000; t <= 1400; t++) {
        tell(t, "right", t);
        tell(t, "behind", t - 300);
        if (t == 1059)
            tap_ok(is_at(1000), "a source five minutes behind keeps the others waiting for the timeout");
        if (t == 1060)
            tap_ok(is_at(1060), "and then no longer");
        while (log_clock_odd(&clock)) {
            odd = &clock.sources[1];
            named++;
        }
    }
    tap_ok(is_at(1400), "the others go on");
    tap_ok(named == 1 && odd && odd->off == -300 * S, "it is named once");
    tell(1401, "behind", 1350);
    tell(1402, "right", 1402);
    tap_ok(is_at(1400), "it is waited for as soon as it is less than the timeout behind");
}

static void test_all_behind(void)
{
    begin();
    for (int t = 0; t <= 200; t++) {
        tell(9000 + t, "a", 1000 + t);
        tell(9000 + t, "b", 1001 + t);
    }
    tap_ok(is_at(1200), "where all are behind, all that were heard are waited for");
}

static void test_cut_off(void)
{
    begin();
    for (int t = 1000; t <= 1100; t++) {
        tell(t, "a", t);
        if (t < 1040)
            tell(t, "b", t);
        if (t >= 1070)
            tell(t, "b", 1039 + 2 * (t - 1070));
    }
    tap_ok(is_at(1099), "one that was cut off for half of the timeout was waited for: nothing of it is late");
    begin();
    tell(1000, "b", 1000);
    for (int t = 1000; t <= 1030; t++)
        tell(t, "a", t);
    tap_ok(is_at(1000), "while it is cut off the clock stands still");
}

static void test_silent(void)
{
    begin();
    tell(1000, "silent", 1000);
    for (int t = 1000; t <= 1060; t++)
        tell(t, "a", t);
    tap_ok(is_at(1000), "one that is silent for ever is waited for as long as the timeout");
    tell(1061, "a", 1061);
    tap_ok(is_at(1061), "and then no longer");
    tap_ok(!log_clock_odd(&clock), "it is not named");
    for (int t = 1062; t <= 1000 + TIMEOUT * LOG_CLOCK_FORGETS_AFTER + 1; t++)
        tell(t, "a", t);
    tap_ok(clock.count == 1, "at last it is forgotten");
}

/* The other sources have no records for this partition, only marks. */
static void test_nothing_to_say(void)
{
    begin();
    bool is_with = true;
    for (int t = 1000; t <= 1400; t++) {
        tell(t, "busy", t);
        tell(t + 0.1, "idle", t);
        is_with = is_with && clock.time == t * S;
    }
    tap_ok(is_with, "one that is alive and has nothing to say keeps nobody waiting");
    tell(1460, NULL, 0);
    tell(1500, NULL, 0);
    tap_ok(is_at(1400), "where nobody was heard, the clock stands still");
}

static void test_broker_away(void)
{
    begin();
    tell(1000, "a", 1000);
    tell(1000, "b", 1000);
    tell(1000, "c", 990);
    tap_ok(!tell(1600, "a", 1001) && is_at(1000), "brokers were away for ten minutes: nobody is silent");
    tell(1600.1, "b", 1001);
    tap_ok(is_at(1000), "c is waited for");
    tell(1600.2, "c", 1000.5);
    tap_ok(is_at(1000.5), "until it was heard");
    tell(1601, "a", 1601);
    tell(1601, "b", 1601);
    tell(1602, "c", 1602);
    tap_ok(is_at(1601), "all catch up");
    tap_ok(!log_clock_odd(&clock), "nobody is named");
}

static void test_append_time_goes_back(void)
{
    begin();
    tell(1000, "a", 1000);
    tell(990, "a", 1010);
    tap_ok(is_at(1000) && clock.log_time == 0, "an append time that goes back moves nothing");
    tell(1005, "a", 1011);
    tap_ok(is_at(1005) && clock.log_time == 5 * S, "it counts from the newest");
}

/* Whoever reads the rest of the log after reading the clock comes to the same times. */
static void test_text(void)
{
    struct text text = { NULL, 0, 0 }, again = { NULL, 0, 0 };
    struct log_clock copy;
    begin();
    log_clock_write(&clock, &text);
    log_clock_init(&copy, TIMEOUT * S);
    tap_ok(log_clock_read(&copy, text_span(&text)) && copy.time == LOG_CLOCK_NONE && !copy.count, "none is read");
    log_clock_free(&copy);
    for (int t = 1000; t < 1100; t++) {
        tell(t, "a", t);
        tell(t, "behind; and odd", t - 300);
        log_clock_odd(&clock);
    }
    text.length = 0;
    log_clock_write(&clock, &text);
    text_put_byte(&text, '\0');
    tap_ok(strcmp(text.bytes, "clock\t1099.000\nlog\t99000\nappended\t1099.000\n"
                              "source\t1099.000\t99000\tnone\t0\ta\n"
                              "source\t799.000\t99000\t0\t1\tbehind; and odd\n") == 0,
           "it is written");
    text.length--;
    log_clock_init(&copy, TIMEOUT * S);
    tap_ok(log_clock_read(&copy, text_span(&text)), "it is read");
    log_clock_write(&copy, &again);
    tap_ok(span_equal(text_span(&text), text_span(&again)), "as the same");
    for (size_t length = 0; length < text.length; length++) {
        log_clock_free(&copy);
        log_clock_init(&copy, TIMEOUT * S);
        bool is_read = log_clock_read(&copy, (struct span){ text.bytes, length });
        bool is_line = length && text.bytes[length - 1] == '\n' && length >= 43;
        if (is_read != is_line)
            tap_ok(false, "cut after %zu bytes", length);
    }
    log_clock_free(&copy);
    free(text.bytes);
    free(again.bytes);
}

static void test_bad_text(void)
{
    static const char *const bad[] = {
        "",
        "clock\tx\nlog\t0\nappended\tnone\n",
        "clock\tnone\nlog\t-1\nappended\tnone\n",
        "clock\tnone\nlog\t0\n",
        "clock\tnone\nlog\t0\nappended\tnone\nsource\n",
        "clock\tnone\nlog\t0\nappended\tnone\nsource\tnone\t0\tnone\t0\ta\n",
        "clock\tnone\nlog\t0\nappended\tnone\nsource\t1\t1\tnone\t0\ta\n",
        "clock\tnone\nlog\t0\nappended\tnone\nsource\t1\t0\t1\t0\ta\n",
        "clock\tnone\nlog\t0\nappended\tnone\nsource\t1\t0\tnone\t2\ta\n",
        "clock\tnone\nlog\t0\nappended\tnone\nsource\t1\t0\tnone\t0\t\n",
        "clock\tnone\nlog\t0\nappended\tnone\nsource\t1\t0\tnone\t0\ta\tb\n",
        "clock\tnone\nlog\t0\nappended\tnone\nsource\t1\t0\tnone\t0\ta\nsource\t1\t0\tnone\t0\ta\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct log_clock copy;
        log_clock_init(&copy, TIMEOUT * S);
        tap_ok(!log_clock_read(&copy, (struct span){ bad[i], strlen(bad[i]) }), "bad text %zu is not read", i);
        log_clock_free(&copy);
    }
    tap_ok(log_source_name_is_good(SPAN("host 1 2")) && !log_source_name_is_good(SPAN("")) &&
               !log_source_name_is_good(SPAN("a\tb")) && !log_source_name_is_good(SPAN("a\0b")) &&
               log_source_name_is_good(SPAN("\xc3\xa9")),
           "names");
}

int main(void)
{
    test_least_mark();
    test_ahead();
    test_behind();
    test_all_behind();
    test_cut_off();
    test_silent();
    test_nothing_to_say();
    test_broker_away();
    test_append_time_goes_back();
    test_text();
    test_bad_text();
    log_clock_free(&clock);
    return tap_done();
}
