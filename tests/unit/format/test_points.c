/* points: whole points and the ends of intervals; and points_rows against points_line, a stream of
 * rows, some of them broken by chance, taken both ways. */
#include "format/points.h"

#include <stdlib.h>
#include <string.h>

#include "row_stream.h"
#include "tap.h"

enum { MAX_LINE = 300, DIARY = 4 << 20 };

/* --- an owner --------------------------------------------------------------------------------- */

/* Writes down what it is told: `type series statistic=value,… @time|`, and `end time|`. */
struct diary {
    struct points points;
    char *text;
    size_t length;
    uint64_t fast; /* rows taken by points_rows */
    uint64_t refused, unknown;
};

static void diary_note(struct diary *d, struct span text, const char *after)
{
    memcpy(d->text + d->length, text.text, text.length);
    d->length += text.length;
    d->length = (size_t)(chance_text(d->text + d->length, after) - d->text);
    d->text[d->length] = '\0';
}

static void diary_point(void *self, const struct point *p)
{
    struct diary *d = self;
    const char *type = aggregate_type_letters(p->type);
    diary_note(d, (struct span){ type, strlen(type) }, " ");
    diary_note(d, p->series, " ");
    for (size_t i = 0; i < p->count; i++) {
        diary_note(d, p->values[i].statistic, "=");
        diary_note(d, p->values[i].value, ",");
    }
    diary_note(d, SPAN(" "), "@");
    diary_note(d, p->time_text, "|");
}

static void diary_interval(void *self, int64_t time)
{
    struct diary *d = self;
    d->length += (size_t)sprintf(d->text + d->length, "end %lld|", (long long)time);
}

static bool diary_wants(void *self, enum aggregate_type type, struct span statistic)
{
    (void)self;
    return type != AGGREGATE_TIMER || span_is(statistic, "count") || span_is(statistic, "mean");
}

static const struct points_owner owner = { .point = diary_point, .end = diary_interval };
static const struct points_owner picky = { .point = diary_point, .end = diary_interval, .wants = diary_wants };

static void diary_begin(struct diary *d)
{
    *d = (struct diary){ .text = malloc(DIARY) };
    d->text[0] = '\0';
    points_init(&d->points, &owner, d, "statsd-x", MAX_LINE);
}

static void diary_end(struct diary *d)
{
    points_free(&d->points);
    free(d->text);
}

/* Takes the line at from and returns what follows its LF. */
static const char *diary_take_line(struct diary *d, const char *from, const char *limit)
{
    struct rows_refusal refused;
    const char *newline = memchr(from, '\n', (size_t)(limit - from));
    size_t length = (size_t)(newline - from);
    bool too_long = length > MAX_LINE;
    if (length && !too_long && newline[-1] == '\r')
        length--;
    if (!points_line(&d->points, &(struct rows_line){ { from, too_long ? MAX_LINE : length }, false, too_long },
                     &refused)) {
        d->refused++;
        d->unknown += refused.is_unknown;
    }
    return newline + 1;
}

/* Takes whole lines, first those that points_rows takes where fast. */
static void diary_take(struct diary *d, const char *from, const char *limit, bool fast)
{
    while (from < limit) {
        if (fast)
            from = points_rows(&d->points, from, limit, &d->fast);
        if (from < limit)
            from = diary_take_line(d, from, limit);
    }
}

static bool diary_is(struct diary *d, const char *text)
{
    bool right = strcmp(d->text, text) == 0;
    if (!right)
        tap_note("noted: %s", d->text);
    d->length = 0;
    d->text[0] = '\0';
    return right;
}

static void diary_take_text(struct diary *d, const char *text)
{
    diary_take(d, text, text + strlen(text), false);
}

/* --- cases ------------------------------------------------------------------------------------ */

static void test_points(void)
{
    struct diary d;
    diary_begin(&d);
    diary_take_text(&d, "a\tc\tcount\t1\t10\na\tc\trate\t.1\t10\n");
    tap_ok(diary_is(&d, "") && d.points.rows.is_open, "a point waits for its next row");
    diary_take_text(&d, "b\tc\tcount\t2\t10\n");
    tap_ok(diary_is(&d, "c a count=1,rate=.1, @10|"), "another series completes it");
    diary_take_text(&d, "b\ts\tcount\t3\t10\n");
    tap_ok(diary_is(&d, "c b count=2, @10|"), "another type too");
    diary_take_text(&d, "b\ts\tcount\t4\t20\n");
    tap_ok(diary_is(&d, "s b count=3, @10|end 10000|"), "and another time, which ends the interval after it");
    diary_take_text(&d, "x\town\tnumStats\t1\t20\n");
    tap_ok(diary_is(&d, "s b count=4, @20|own x numStats=1, @20|end 20000|"), "numStats completes everything");
    diary_take_text(&d, "b\\tc\tms\thistogram.a\\tb\t1\t30\nb\\tc\tms\thistogram.a\\tb\t2\t30\n");
    points_end(&d.points);
    points_end(&d.points);
    tap_ok(diary_is(&d, "ms b\\tc histogram.a\\tb=1,histogram.a\\tb=2, @30|end 30000|"),
           "the owner ends an interval, once; columns stay escaped, and what is there twice comes twice");
    diary_take_text(&d, "a\tg\tvalue\t1\t40\nb\tg\tvalue\t1\t40\na\tg\tvalue\t2\t40\nno row\na\tms\tmean\t1\t40\n");
    points_end(&d.points);
    tap_ok(diary_is(&d, "g a value=1, @40|g b value=1, @40|g a value=2, @40|ms a mean=1, @40|end 40000|") &&
               d.refused == 1,
           "rows that do not stand together are several points");
    diary_take_text(&d, "t\tms\tcount\t1\t50\nt;le=1\tms\thistogram\t1\t50\nt;le=2\tms\thistogram\t1\t50\n");
    points_end(&d.points);
    tap_ok(diary_is(&d, "ms t count=1, @50|ms t;le=1 histogram=1, @50|ms t;le=2 histogram=1, @50|end 50000|"),
           "cumulative bins are points of their own");
    diary_end(&d);
}

/* The rows of a point may be gone before it is complete. */
static void test_buffers(void)
{
    static const char *const lines[] = { "a.series;k=v\tms\tmean\t1\t1700000000\n",
                                         "a.series;k=v\tms\tstd\t2\t1700000000\n",
                                         "a.series;k=v\tms\tsum\t3\t1700000000\n" };
    struct diary d;
    diary_begin(&d);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[400];
        size_t length = (size_t)snprintf(text, sizeof text, "%s%0160d", lines[i], 0);
        const char *next = points_rows(&d.points, text, text + length, &d.fast);
        if (next == text)
            diary_take_line(&d, text, text + length);
        memset(text, 'x', sizeof text);
    }
    points_end(&d.points);
    tap_ok(diary_is(&d, "ms a.series;k=v mean=1,std=2,sum=3, @1700000000|end 1700000000000|"),
           "a point keeps what it needs of its rows");
    tap_ok(d.fast == 2, "all but the interval's first row went the fast way");
    diary_end(&d);
}

/* Rows that nobody wants are left out, but a point's first is there. */
static void test_wants(void)
{
    struct diary d;
    diary_begin(&d);
    d.points.owner = &picky;
    diary_take_text(&d, "a\tms\tstd\t1\t10\na\tms\tsum\t2\t10\na\tms\tmean\t3\t10\nb\tms\tsum\t4\t10\n");
    diary_take_text(&d, "b\tms\tstd\t5\t10\nb\tg\tvalue\t6\t10\nb\tms\tcount\t7\t10\n");
    points_end(&d.points);
    tap_ok(diary_is(&d, "ms a std=1,mean=3, @10|ms b sum=4, @10|g b value=6, @10|ms b count=7, @10|end 10000|"),
           "points without what nobody wants");
    diary_end(&d);
}

/* --- both ways -------------------------------------------------------------------------------- */

static void compare(uint64_t seed, const struct points_owner *whose)
{
    char *text = malloc(ROW_STREAM);
    struct diary fast, slow;
    chance_state = seed;
    size_t length = row_stream(text);
    diary_begin(&fast);
    diary_begin(&slow);
    fast.points.owner = slow.points.owner = whose;
    for (size_t start = 0, piece; start < length; start += piece) {
        piece = row_stream_piece(text + start, length - start);
        char *buffer = malloc(piece); /* of just that size, for sanitizers */
        memcpy(buffer, text + start, piece);
        diary_take(&fast, buffer, buffer + piece, true);
        diary_take(&slow, buffer, buffer + piece, false);
        free(buffer);
    }
    points_end(&fast.points);
    points_end(&slow.points);
    tap_ok(fast.length == slow.length && memcmp(fast.text, slow.text, fast.length) == 0 &&
               fast.refused == slow.refused && fast.unknown == slow.unknown,
           "both ways give the same points");
    tap_ok(fast.fast > 1000 && slow.fast == 0, "%llu rows went the fast way", (unsigned long long)fast.fast);
    diary_end(&fast);
    diary_end(&slow);
    free(text);
}

int main(void)
{
    test_points();
    test_buffers();
    test_wants();
    compare(UINT64_C(0x9E3779B97F4A7C15), &owner);
    compare(UINT64_C(0xBF58476D1CE4E5B9), &owner);
    compare(UINT64_C(0x94D049BB133111EB), &picky);
    return tap_done();
}
