#include "feed.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "tap.h"

static struct net_address sender;
static struct counters counters;
static struct out records;
static struct feed feed;
static char *memory; /* of the datagram under way */

static void begin(struct feed_options options, size_t room)
{
    sender = (struct net_address){ .length = sizeof sender.v4 };
    sender.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(1234) };
    sender.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    counters = (struct counters){ 0 };
    options.wire = wire_defaults;
    options.max_line = options.max_line ? options.max_line : 65536;
    out_init(&records, open("/dev/null", O_WRONLY), "records", room, OUT_QUEUE);
    feed_init(&feed, &options, &records, NULL, &counters);
}

static void end(void)
{
    feed_free(&feed);
    out_close(&records);
    free(memory);
    memory = NULL;
}

/* The datagram stands in memory of its size and the slack, so that a sanitizer sees who reads past that; what an older one has
 * left there looks like more of it. */
static enum feed_result give(const char *text, size_t length, bool truncated)
{
    free(memory);
    memory = malloc(length + NET_SLACK);
    memcpy(memory, text, length);
    for (size_t i = 0; i < NET_SLACK; i++)
        memory[length + i] = ":1|c\nx"[i % 6];
    feed_open(&feed, (struct net_datagram){ memory, length, truncated, &sender }, 1500);
    return feed_run(&feed);
}

static bool wrote(const char *expected)
{
    size_t length = out_pending(&records);
    bool same = length == strlen(expected) && memcmp(records.buffer + records.start, expected, length) == 0;
    if (!same)
        tap_note("wrote: %.*s", (int)length, records.buffer + records.start);
    records.start = records.end = 0;
    return same;
}

static void test_plain(void)
{
    begin((struct feed_options){ .source = true }, 4096);
    tap_ok(give("a:1|c\r\n\r\n\nb:2|g", 15, false) == FEED_DONE, "a datagram is done with");
    tap_ok(wrote("a\tc\t1\t1\t1.500\t127.0.0.1:1234\nb\tg\t2\t1\t1.500\t127.0.0.1:1234\n"),
           "its records have a sender");
    tap_ok(give("", 0, false) == FEED_DONE && wrote(""), "an empty one is nothing");
    tap_ok(counters.packets == 2 && counters.metrics == 2 && counters.bad == 0, "both are counted");
    end();
}

static void test_truncated(void)
{
    begin((struct feed_options){ 0 }, 4096);
    tap_ok(give("a:1|c\nb:12", 10, true) == FEED_DONE, "a datagram whose end is lost");
    tap_ok(wrote("a\tc\t1\t1\t1.500\n") && counters.bad == 1, "its last line is refused, the others count");
    tap_ok(give("a:1|c\nb:1|c\n", 12, true) == FEED_DONE && counters.bad == 1, "lost at a line's end");
    tap_ok(wrote("a\tc\t1\t1\t1.500\nb\tc\t1\t1\t1.500\n"), "every line is whole");
    end();
}

static void test_room(void)
{
    char text[2048] = "n";
    size_t length = 1;
    int rounds = 1, values = 500;
    uint64_t most = 0;
    for (int i = 0; i < values; i++, length += 2)
        memcpy(text + length, ":1", 2);
    memcpy(text + length, "|c\nlast:1|c", 11);
    begin((struct feed_options){ 0 }, 1024);
    for (enum feed_result result = give(text, length + 11, false); result == FEED_FULL; rounds++) {
        most = out_pending(&records) > most ? out_pending(&records) : most;
        records.start = records.end = 0;
        result = feed_run(&feed);
    }
    tap_ok(rounds > 5 && most <= 1024, "%d rounds, at most %d bytes in the buffer", rounds, (int)most);
    tap_ok(counters.metrics == (uint64_t)values + 1 && counters.packets == 1, "every value became one record");
    end();
    begin((struct feed_options){ 0 }, 8);
    tap_ok(give("longer.than.the.buffer:1|c\nb:1|c", 32, false) == FEED_FULL && counters.metrics == 1,
           "a record larger than the buffer gets room once it is empty");
    tap_ok(feed_run(&feed) == FEED_FULL && counters.metrics == 1, "no room, no change");
    tap_ok(wrote("longer.than.the.buffer\tc\t1\t1\t1.500\n") && feed_run(&feed) == FEED_DONE &&
               wrote("b\tc\t1\t1\t1.500\n"),
           "then the next");
    end();
}

static void test_room_for_plain(void)
{
    char text[4096], *to = text;
    int lines = 200, rounds = 1;
    bool good = true;
    for (int i = 0; i < lines; i++)
        to += sprintf(to, i % 50 ? "plain:%d|c\n" : "odd:%d|c|#\n", i);
    begin((struct feed_options){ 0 }, 1024);
    uint64_t before = 0;
    for (enum feed_result result = give(text, (size_t)(to - text), false); result == FEED_FULL; rounds++) {
        good = good && counters.metrics > before && out_pending(&records) <= 1024;
        before = counters.metrics;
        records.start = records.end = 0;
        result = feed_run(&feed);
    }
    tap_ok(good && rounds > 3 && counters.metrics == (uint64_t)lines && !counters.bad, "plain lines, in %d rounds",
           rounds);
    static const char last[] = "\nplain\tc\t199\t1\t1.500\n";
    size_t length = sizeof last - 1;
    tap_ok(out_pending(&records) > length && memcmp(records.buffer + records.end - length, last, length) == 0,
           "the last is the last");
    end();
    begin((struct feed_options){ .source = true }, 65536);
    tap_ok(give(text, (size_t)(to - text), false) == FEED_DONE && counters.metrics == (uint64_t)lines,
           "in one, with the sender");
    end();
}

static void test_ends(void)
{
    begin((struct feed_options){ .count = 2 }, 4096);
    tap_ok(give("a:1:2:3|c\nb:1|c", 15, false) == FEED_ENOUGH && wrote("a\tc\t1\t1\t1.500\na\tc\t2\t1\t1.500\n"),
           "enough");
    end();
    begin((struct feed_options){ .strict = true }, 4096);
    tap_ok(give("a:1:x:3|c\nb:1|c", 15, false) == FEED_STOPPED && wrote("a\tc\t1\t1\t1.500\n"), "strict");
    tap_ok(give("a:1|c\n", 6, false) == FEED_STOPPED && wrote(""), "and nothing comes after that");
    end();
    begin((struct feed_options){ .strict = true }, 4096);
    tap_ok(give("a:x|c\nplain.lines.behind.a.bad.one:1|c\nplain.lines.behind.a.bad.one:1|c\n", 72, false) ==
                   FEED_STOPPED &&
               wrote(""),
           "strict, however plain what follows is");
    end();
    begin((struct feed_options){ .max_line = 5 }, 4096);
    tap_ok(give("a:1|c\nbb:1|c\nc:1|c\r\n", 20, false) == FEED_DONE &&
               wrote("a\tc\t1\t1\t1.500\nc\tc\t1\t1\t1.500\n") && counters.bad == 1,
           "a line that is too long");
    tap_ok(give("_e{1,1}:a|b\na:1|c", 17, false) == FEED_DONE && counters.events == 0 && counters.bad == 2,
           "an event that is too long is a line that is too long");
    end();
}

static void test_skew(void)
{
    begin((struct feed_options){ .max_skew = 1500 }, 4096);
    tap_ok(give("a:1|c|T0\nb:1|c|T3", 17, false) == FEED_DONE && counters.skewed == 0 &&
               wrote("a\tc\t1\t1\t0.000\nb\tc\t1\t1\t3.000\n"),
           "a time as far from the clock as it may be");
    tap_ok(give("a:1:2|c|T4\nb:1|c", 16, false) == FEED_DONE && counters.skewed == 2 && counters.bad == 2 &&
               wrote("b\tc\t1\t1\t1.500\n"),
           "one that is further refuses each of its values");
    end();
    begin((struct feed_options){ .max_skew = 1499 }, 4096);
    tap_ok(give("a:1|c|T0\nb:1|c|T3\nc:1|c|T9999999999", 35, false) == FEED_DONE && counters.skewed == 3 &&
               counters.metrics == 0,
           "earlier or later");
    end();
    begin((struct feed_options){ .max_skew = 1, .strict = true }, 4096);
    tap_ok(give("a:1|c|T9\nb:1|c", 14, false) == FEED_STOPPED && wrote(""), "with strict it ends the run");
    end();
}

int main(void)
{
    die_init("test_feed");
    die_set_verbosity(-1);
    test_plain();
    test_truncated();
    test_room();
    test_room_for_plain();
    test_ends();
    test_skew();
    return tap_done();
}
