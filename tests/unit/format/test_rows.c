/* Intervals and refusals; and the fast way: row_plain against aggregate_parse, rows broken by
 * chance. What the first takes the second takes too, with the same columns, but for the kind; what
 * is plain the first does take. rows_next against rows_line. */
#include "format/rows.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "format/row_plain.h"
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

/* One byte changed, added or gone, or some of them all of one kind. */
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

/* Bytes in front of the buffer's end, so that it does not stand where plain rows are left to
 * others. */
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

/* Whether aggregate_parse says the same of a row that was taken. */
static bool agrees(const char *line, const char *next, const struct row *row, struct span time)
{
    struct aggregate a;
    struct span culprit;
    const char *semicolon = memchr(line, ';', (size_t)(row->kind - line));
    const char *newline = memchr(line, '\n', (size_t)(next - line));
    if (newline > row->kind && newline < row->value)
        return !row_plain_kind(line, next, &a);
    if (newline != next - 1 || next[-2] == '\r' || row->name_end != (semicolon ? semicolon : row->kind) ||
        memchr(line, '\\', (size_t)(row->kind - line)))
        return false;
    enum aggregate_error error = aggregate_parse(line, (size_t)(next - 1 - line), &a, &culprit);
    if (row_plain_kind(line, next, &a) != (error == AGGREGATE_OK))
        return false;
    if (error == AGGREGATE_UNKNOWN_TYPE || error == AGGREGATE_BAD_STATISTIC || error == AGGREGATE_RECORD)
        return true;
    return error == AGGREGATE_OK && is_at(a.series, line, row->kind) && a.statistic.text > row->kind &&
           a.statistic.text + a.statistic.length == row->value - 1 && is_at(a.value, row->value, row->value_end) &&
           is_at(a.time_text, row->value_end + 1, next - 1) && span_equal(a.time_text, time);
}

static void test_damaged(uint64_t seed, struct span time)
{
    const struct row_time t = row_time(time);
    int taken = 0, wrong = 0;
    chance_state = seed;
    for (int i = 0; i < ROUNDS; i++) {
        char line[LONGEST];
        const char *text = good[chance(sizeof good / sizeof *good)];
        size_t length = strlen(text);
        memcpy(line, text, length);
        for (size_t n = chance(4); n; n--)
            damage(line, &length);
        length += put_behind(line + length);
        char *buffer = malloc(length + 1); /* of just that size, for sanitizers */
        memcpy(buffer, line, length);
        struct row row;
        const char *next = row_plain(&t, buffer, buffer + length, &row);
        taken += next != NULL;
        wrong += next && !agrees(buffer, next, &row, time);
        free(buffer);
    }
    tap_ok(wrong == 0, "time %s: of %d rows %d are plain, %d of those wrongly", time.text, ROUNDS, taken, wrong);
    tap_ok(taken > ROUNDS / 100, "so many are plain that it says something");
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
    const struct row_time t = row_time(SPAN("1700000000"));
    struct row row;
    char text[LONGEST];
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t length = (size_t)snprintf(text, sizeof text, "%s%0160d", lines[i], 0);
        const char *next = row_plain(&t, text, text + length, &row);
        tap_ok(next == text + strlen(lines[i]) && agrees(text, next, &row, SPAN("1700000000")), "plain: %.*s",
               (int)strlen(lines[i]) - 1, lines[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t length = (size_t)snprintf(text, sizeof text, "%s%0160d", others[i], 0);
        tap_ok(!row_plain(&t, text, text + length, &row), "not plain: row %zu", i);
    }
}

static void test_time(void)
{
    tap_ok(!row_time(SPAN("1700000")).length && !row_time(SPAN("1700000000.123456")).length,
           "a time of other than usual length is not prepared");
}

/* --- intervals -------------------------------------------------------------------------------- */

/* An owner that writes down what it is told: `series/statistic=value `, and `end(time) `. */
struct diary {
    struct rows rows;
    char text[1024];
    size_t length;
    int learned;
};

static void diary_note(struct diary *d, const char *text, struct span span)
{
    d->length +=
        (size_t)snprintf(d->text + d->length, sizeof d->text - d->length, "%.*s%s", (int)span.length, span.text, text);
}

static bool diary_row(void *self, const struct aggregate *a, struct rows_refusal *refused)
{
    if (span_is(a->series, "bad")) {
        *refused = (struct rows_refusal){ .what = "bad series", .culprit = a->series, .why = "expected another" };
        return false;
    }
    diary_note(self, "/", a->series);
    diary_note(self, "=", a->statistic);
    diary_note(self, " ", a->value);
    return true;
}

static void diary_interval(void *self)
{
    struct diary *d = self;
    diary_note(d, "", SPAN("end("));
    diary_note(d, ") ", rows_time_text(&d->rows));
}

static bool diary_learn(void *self, const struct aggregate *a, void *data)
{
    struct diary *d = self;
    d->learned++;
    *(char *)data = *a->statistic.text;
    return a->type != AGGREGATE_SET;
}

static const struct rows_owner owner = { diary_row, diary_interval, diary_learn, 1 };

static void diary_begin(struct diary *d)
{
    *d = (struct diary){ .length = 0 };
    rows_init(&d->rows, &owner, d, "statsd-x", 300);
}

static bool diary_take(struct diary *d, const char *line, struct rows_refusal *refused)
{
    return rows_line(&d->rows, &(struct rows_line){ { line, strlen(line) }, false, false }, refused);
}

static bool diary_is(struct diary *d, const char *text)
{
    bool right = strcmp(d->text, text) == 0;
    if (!right)
        tap_note("noted: %s", d->text);
    d->text[0] = '\0';
    d->length = 0;
    return right;
}

static void test_intervals(void)
{
    struct diary d;
    struct rows_refusal refused;
    diary_begin(&d);
    rows_end(&d.rows);
    tap_ok(diary_is(&d, "") && !d.rows.is_open, "at first nothing is open");
    diary_take(&d, "a\tg\tvalue\t1\t10", &refused);
    diary_take(&d, "b\tg\tvalue\t2\t10", &refused);
    tap_ok(diary_is(&d, "a/value=1 b/value=2 ") && d.rows.is_open && d.rows.time == 10000, "a row begins an interval");
    diary_take(&d, "a\tg\tvalue\t3\t20.5", &refused);
    tap_ok(diary_is(&d, "end(10) a/value=3 ") && d.rows.time == 20500, "another time ends it and begins the next");
    diary_take(&d, "a\tg\tvalue\t4\t20.50", &refused);
    tap_ok(diary_is(&d, "a/value=4 "), "the same time in other words does not");
    rows_end(&d.rows);
    rows_end(&d.rows);
    tap_ok(diary_is(&d, "end(20.5) ") && !d.rows.is_open && !d.rows.has_ends, "the owner can end it, once");
    diary_take(&d, "s\town\tnumStats\t3\t20.5", &refused);
    tap_ok(diary_is(&d, "s/numStats=3 end(20.5) ") && d.rows.has_ends, "numStats ends its interval");
    diary_take(&d, "s\town\tother\t3\t30", &refused);
    diary_take(&d, "s\tg\tnumStats\t3\t30", &refused);
    tap_ok(diary_is(&d, "s/other=3 ") && d.rows.is_open, "other own rows, and gauges, do not");
    diary_take(&d, "s\town\tnumStats\t3\t40", &refused);
    tap_ok(diary_is(&d, "end(30) s/numStats=3 end(40) "), "numStats alone is an interval");
    rows_free(&d.rows);
}

static void test_refusals(void)
{
    static const struct {
        const char *line, *what, *culprit, *why;
        bool torn, too_long, is_unknown;
    } cases[] = {
        { "a\tg", "bad aggregate", "a\tg", "expected five columns separated by TABs", false, false, false },
        { "a\tg\tvalue\tx\t1", "bad value", "x", "expected a number", false, false, false },
        { "a\tx\tvalue\t1\t1", "unknown type", "x", "expected c, ms, g, s or own", false, false, true },
        { "a\tg\tvalue\t1\t1", "torn aggregate", "a\tg\tvalue\t1\t1", "the last line has no line end", true, false,
          false },
        { "a\tg", "bad aggregate", "a\tg", "the line is longer than --max-line", true, true, false },
        { "a\tc\t5\t1\t1", "bad aggregate", "a\tc\t5\t1\t1",
          "this looks like a record: is statsd-agg missing before statsd-x?", false, false, false },
    };
    struct diary d;
    diary_begin(&d);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct span text = { cases[i].line, strlen(cases[i].line) };
        struct rows_refusal r;
        bool taken = rows_line(&d.rows, &(struct rows_line){ text, cases[i].torn, cases[i].too_long }, &r);
        tap_ok(!taken && strcmp(r.what, cases[i].what) == 0 && span_is(r.culprit, cases[i].culprit) &&
                   strcmp(r.why, cases[i].why) == 0 && r.is_unknown == cases[i].is_unknown,
               "refused: %s: %s", r.what, r.why);
    }
    tap_ok(diary_is(&d, "") && !d.rows.is_open, "none of these tells the owner anything");
    struct rows_refusal r;
    tap_ok(!diary_take(&d, "bad\tg\tvalue\t1\t1", &r) && strcmp(r.what, "bad series") == 0,
           "the owner can refuse a row");
    tap_ok(!diary_take(&d, "bad\town\tnumStats\t1\t1", &r) && diary_is(&d, "end(1) "),
           "which ends its interval all the same");
    rows_free(&d.rows);
}

/* --- the fast way ----------------------------------------------------------------------------- */

static void test_next(void)
{
    enum { FILL = 160 };
    static const struct {
        const char *line, *why;
        char data; /* 0: not taken */
    } cases[] = {
        { "a\tms\tupper_90\t1\t1700000000\n", "a plain row", 'u' },
        { "b;k=v\tc\trate\t1\t1700000000\n", "another", 'r' },
        { "b\tms\tupper_90\t1\t1700000000\n", "a kind that is known", 'u' },
        { "b\ts\tcount\t1\t1700000000\n", "not one that the owner leaves out", 0 },
        { "b\tc\tmean\t1\t1700000000\n", "not a statistic that its type has not", 0 },
        { "b\tx\tvalue\t1\t1700000000\n", "not an unknown type", 0 },
        { "b\town\tnumStats\t1\t1700000000\n", "not an own row", 0 },
        { "b\tc\trate\t1\t1700000010\n", "not another time", 0 },
        { "b\\t\tc\trate\t1\t1700000000\n", "not an escape", 0 },
    };
    struct diary d;
    struct rows_refusal refused;
    struct row row;
    char text[LONGEST];
    diary_begin(&d);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            size_t length = (size_t)snprintf(text, sizeof text, "%s%0*d", cases[i].line, FILL, 0);
            const char *next = rows_next(&d.rows, text, text + length, &row);
            if (!round)
                tap_ok(!next, "no interval is open: nothing is taken");
            else if (cases[i].data)
                tap_ok(next == text + length - FILL && *(char *)row.data == cases[i].data, "%s", cases[i].why);
            else
                tap_ok(!next, "%s", cases[i].why);
        }
        diary_take(&d, "a\tg\tvalue\t1\t1700000000", &refused);
    }
    tap_ok(d.learned == 3, "each kind is learned once: %d", d.learned);
    tap_ok(diary_is(&d, "a/value=1 a/value=1 "), "the owner's row is not called for what rows_next has taken");
    rows_free(&d.rows);
}

static const char *next_of(struct diary *d, char *text, size_t series)
{
    struct row row;
    memset(text, 'a', series);
    size_t length = series + (size_t)sprintf(text + series, "\tc\trate\t1\t1700000000\n");
    memset(text + length, '0', 200);
    const char *next = rows_next(&d->rows, text, text + length + 200, &row);
    return next ? next : "";
}

static void test_limits(void)
{
    static char text[3000];
    struct rows_refusal refused;
    struct diary d;
    diary_begin(&d);
    diary_take(&d, "a\tg\tvalue\t1\t1700000000", &refused);
    tap_ok(*next_of(&d, text, 280) && !*next_of(&d, text, 281),
           "a line of max_line bytes is taken, a longer one is not");
    d.rows.max_line = sizeof text;
    tap_ok(*next_of(&d, text, 1700) && !*next_of(&d, text, 2030), "nor one of more than ROW_MOST");
    rows_free(&d.rows);
}

/* More kinds than are remembered: what is forgotten is learned again, and nothing is confused. */
static void test_many_kinds(void)
{
    struct rows_refusal refused;
    struct diary d;
    struct row row;
    unsigned wrong = 0;
    char text[LONGEST];
    diary_begin(&d);
    diary_take(&d, "a\tg\tvalue\t1\t1700000000", &refused);
    for (int i = 0; i < 2000; i++) {
        size_t length =
            (size_t)sprintf(text, "a\tms\t%s_%d\t1\t1700000000\n%0160d", i % 2 ? "upper" : "lower", i % 300, 0);
        const char *next = rows_next(&d.rows, text, text + length, &row);
        wrong += next != text + length - 160 || *(char *)row.data != (i % 2 ? 'u' : 'l');
    }
    tap_ok(!wrong && d.learned > 300, "300 kinds, %d times learned, %u wrong", d.learned, wrong);
    rows_free(&d.rows);
}

int main(void)
{
    test_intervals();
    test_refusals();
    test_next();
    test_limits();
    test_many_kinds();
    test_plain();
    test_time();
    test_damaged(UINT64_C(0x9E3779B97F4A7C15), SPAN("1700000000"));
    test_damaged(UINT64_C(0xBF58476D1CE4E5B9), SPAN("1700000000"));
    test_damaged(UINT64_C(0x94D049BB133111EB), SPAN("1700000000.5"));
    return tap_done();
}
