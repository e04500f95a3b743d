/* aggregate_plain against aggregate_parse: rows, some randomly damaged, one after the other. Every
 * row that the first accepts, the second accepts too, with the same columns, except for the kind.
 * The first accepts every plain row. */
#include "format/aggregate_plain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/aggregate.h"
#include "chance.h"
#include "tap.h"

enum { LONGEST = 400, ROUNDS = 300000, BEHIND = 160 };

static const char *const good[] = {
    "stage.cart.host398.queue.depth.147\tms\tmean_90\t303.5\t1700000000\n",
    "a\tc\tcount\t5\t1700000000\n",
    "x;k=v;l=w\tms\tsum_squares_99_9\t-26.400000000000006\t1700000000\n",
    "a.name.of.a.series.that.has.more.than.sixty-four.bytes.in.it.and.then.some\tg\tvalue\t0\t1700000000\n",
    "with.a.tag;and=a.value.that.goes.on.and.on.and.on.until.the.block.is.full.of.it;x=y\ts\tcount\t1\t1700000000\n",
    "a\tms\thistogram.bin_1000\t1e+21\t1700000000\n",
    "s\town\tseries\t12\t1700000000\n",
    "a\\tb\tc\trate\t.5\t1700000000\n",
    "a\tc\trate\t5.\t1700000000.5\n",
    "\xc3\xa4\tc\trate\t1234567890.12345678901\t1700000000\n",
};

static char any_byte(void)
{
    static const char bytes[] = "\t\t\t\n01.59eE+-;;a cms\\\0\r\x7f\x80\xff!~ \x1f_";
    return bytes[chance(sizeof bytes - 1)];
}

/* Changes, adds or removes one byte, or makes a run of bytes the same. */
static void damage(char *line, size_t *length)
{
    size_t at = chance(*length);
    switch (chance(6)) {
    case 0:
    case 1: line[at] = any_byte(); break;
    case 2:
    case 3:
        memmove(line + at + 1, line + at, *length - at);
        line[at] = any_byte();
        ++*length;
        break;
    case 4: memmove(line + at, line + at + 1, --*length - at); break;
    default: memset(line + at, chance(2) ? '1' : any_byte(), chance(*length - at)); break;
    }
}

/* Adds bytes after the rows, in most cases enough that no row is too close to the buffer's end for
 * aggregate_plain to take it. */
static size_t put_behind(char *to)
{
    size_t count = chance(8) ? BEHIND : chance(BEHIND);
    for (size_t i = 0; i < count; i++)
        to[i] = any_byte();
    return count;
}

static bool is_at(struct span column, const char *from, const char *end)
{
    return column.text == from && column.length == (size_t)(end - from);
}

/* True if aggregate_parse agrees about a row that was accepted. */
static bool agrees(const char *line, const char *next, const struct aggregate_plain *row, struct span time)
{
    struct aggregate a;
    struct span culprit;
    const char *semicolon = memchr(line, ';', (size_t)(row->kind - line));
    const char *newline = memchr(line, '\n', (size_t)(next - line));
    if (newline > row->kind && newline < row->value)
        return !aggregate_plain_kind(line, next, &a);
    if (newline != next - 1 || next[-2] == '\r' || row->name_end != (semicolon ? semicolon : row->kind) ||
        memchr(line, '\\', (size_t)(row->kind - line)))
        return false;
    enum aggregate_error error = aggregate_parse(line, (size_t)(next - 1 - line), &a, &culprit);
    if (aggregate_plain_kind(line, next, &a) != (error == AGGREGATE_OK))
        return false;
    if (error == AGGREGATE_UNKNOWN_TYPE || error == AGGREGATE_BAD_STATISTIC || error == AGGREGATE_RECORD)
        return true;
    return error == AGGREGATE_OK && is_at(a.series, line, row->kind) && a.statistic.text > row->kind &&
           a.statistic.text + a.statistic.length == row->value - 1 && is_at(a.value, row->value, row->value_end) &&
           is_at(a.time_text, row->value_end + 1, next - 1) && span_equal(a.time_text, time);
}

static void test_damaged(uint64_t seed, struct span time)
{
    struct aggregate_time t;
    int taken = 0, wrong = 0;
    chance_state = seed;
    aggregate_time(&t, time);
    for (int i = 0; i < ROUNDS; i++) {
        char line[LONGEST];
        const char *text = good[chance(sizeof good / sizeof *good)];
        size_t length = strlen(text);
        memcpy(line, text, length);
        for (size_t n = chance(4); n; n--)
            damage(line, &length);
        length += put_behind(line + length);
        char *buffer = malloc(length + 1); /* of exactly that size, for sanitizers */
        memcpy(buffer, line, length);
        struct aggregate_plain row;
        const char *next = aggregate_plain(&t, buffer, buffer + length, &row);
        taken += next != NULL;
        wrong += next && !agrees(buffer, next, &row, time);
        free(buffer);
    }
    tap_ok(wrong == 0, "time %s: of %d rows %d are plain, %d of those wrongly", time.text, ROUNDS, taken, wrong);
    tap_ok(taken > ROUNDS / 100, "enough rows are plain to make the test meaningful");
}

static void test_plain(void)
{
    static const char *const lines[] = {
        "a\tc\trate\t0.3\t1700000000\n",
        "a!~\tms\tx\t-0\t1700000000\n",
        "a\tg\tvalue\t-1e-7\t1700000000\n",
        "a\tg\tvalue\t.5\t1700000000\n",
        "a\tg\tvalue\t5.\t1700000000\n",
        "a\tg\tvalue\t1234567890123456789012345678901\t1700000000\n",
        "a;b=c\tms\tsum_squares_99_9\t1\t1700000000\n",
    };
    static const char *const others[] = {
        ";b=c\tc\trate\t1\t1700000000\n",
        "a b\tc\trate\t1\t1700000000\n",
        "a\x7f\tc\trate\t1\t1700000000\n",
        "a\xc3\xa4\tc\trate\t1\t1700000000\n",
        "a\\\\\tc\trate\t1\t1700000000\n",
        "a;\\\\\tc\trate\t1\t1700000000\n",
        "a\tc\trate\t-\t1700000000\n",
        "a\tc\trate\t.\t1700000000\n",
        "a\tc\trate\t1..\t1700000000\n",
        "a\tc\trate\t\t1700000000\n",
        "a\tc\trate\t12345678901234567890123456789012\t1700000000\n",
        "a\tc\trate\t1\t1700000001\n",
        "a\tc\trate\t1\t1700000000\r\n",
        "a\tc\trate\t1\t1700000000\tmore\n",
        "a\tc\trate\t1\n1700000000\n",
    };
    struct aggregate_time t;
    struct aggregate_plain row;
    char text[LONGEST];
    aggregate_time(&t, SPAN("1700000000"));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t length = (size_t)snprintf(text, sizeof text, "%s%0160d", lines[i], 0);
        const char *next = aggregate_plain(&t, text, text + length, &row);
        tap_ok(next == text + strlen(lines[i]) && agrees(text, next, &row, SPAN("1700000000")), "plain: %.*s",
               (int)strlen(lines[i]) - 1, lines[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t length = (size_t)snprintf(text, sizeof text, "%s%0160d", others[i], 0);
        tap_ok(!aggregate_plain(&t, text, text + length, &row), "not plain: row %zu", i);
    }
}

static void test_time(void)
{
    struct aggregate_time t;
    tap_ok(!aggregate_time(&t, SPAN("1700000")) && !aggregate_time(&t, SPAN("1700000000.123456")),
           "a time of other than usual length is not prepared");
}

int main(void)
{
    test_plain();
    test_time();
    test_damaged(UINT64_C(0x9E3779B97F4A7C15), SPAN("1700000000"));
    test_damaged(UINT64_C(0xBF58476D1CE4E5B9), SPAN("1700000000"));
    test_damaged(UINT64_C(0x94D049BB133111EB), SPAN("1700000000.5"));
    return tap_done();
}
