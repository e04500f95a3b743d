/* intake_rows against intake_line: a stream of rows, some randomly damaged, is read both ways. What
 * waits for Carbon must be the same to the last byte, and so must all the figures. Tests rows.c,
 * intake.c and the queue. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "intake.h"
#include "chance.h"
#include "tap.h"

enum { STREAM = 1 << 20, MAX_LINE = 300 };

static const char *any(const char *const *list, size_t count)
{
    return list[chance(count)];
}

#define ANY(list) any(list, sizeof(list) / sizeof *(list))

/* --- a stream --------------------------------------------------------------------------------- */

static char *put(char *to, const char *text)
{
    size_t length = strlen(text);
    memcpy(to, text, length);
    return to + length;
}

static char *put_series(char *to)
{
    static const char *const names[] = { "a", "prod.web.host", "x;k=v",
                                         "a.long.one.of.which.there.is.more.than.a.block;", "in;the=midst;of=tags" };
    static const char *const others[] = { "caf\xc3\xa9", "with\\tTAB", ";only=tags", "\\", "" };
    to = put(to, chance(10) ? ANY(names) : ANY(others));
    for (size_t more = chance(60); more; more--)
        *to++ = (char)('a' + chance(26));
    for (size_t more = chance(200) ? 0 : chance(3000); more; more--)
        *to++ = 'l';
    return to;
}

static char *put_value(char *to)
{
    static const char *const others[] = { "1e+21", "-3.5e-7", "x", "", "-", ".", "1.2.3", "1e999", "+5", "0x1", "1_" };
    if (chance(50) == 0)
        return put(to, ANY(others));
    double value = (double)chance(chance(2) ? 1000 : 1000000000) / (double)(1 + chance(1000));
    switch (chance(7)) {
    case 0: return to + sprintf(to, "%.0f", value);
    case 1: return to + sprintf(to, "%.1f", value);
    case 2: return to + sprintf(to, "%.17g", value);
    case 3: return to + sprintf(to, "%.3f", value);
    case 4: return to + sprintf(to, "-%.2f", value);
    case 5: return to + sprintf(to, "%.12e", value);
    default: return to + sprintf(to, "%.1f0000000000000000", value);
    }
}

static char *put_kind(char *to)
{
    static const char *const kinds[] = {
        "c\tcount",
        "c\trate",
        "ms\tcount",
        "ms\tcount_ps",
        "ms\tlower",
        "ms\tupper",
        "ms\tsum",
        "ms\tsum_squares",
        "ms\tmean",
        "ms\tmedian",
        "ms\tstd",
        "ms\tcount_90",
        "ms\tupper_90",
        "ms\tsum_squares_99_9",
        "ms\tlower_top10",
        "ms\tmean_99_9",
        "ms\tsum_90",
        "g\tvalue",
        "s\tcount",
        "ms\thistogram.bin_inf",
        "own\tx",
        "own\tbad_records",
        "ms\thistogram.a b",
        "ms\thistogram.\xc3\xa9",
        "ms\thistogram.b\\\\n",
    };
    static const char *const wrong[] = { "x\tcount",    "c\tmean", "g\t", "\tvalue",
                                         "ms\tupper_x", "own\t",   "c",   "g\tvalue\t1" };
    if (chance(100) == 0)
        return put(to, ANY(wrong));
    if (chance(300) == 0)
        return put(to, "own\tnumStats");
    /* Kinds that differ in only one place, or only in their length. */
    switch (chance(30)) {
    case 0: return to + sprintf(to, "ms\thistogram.bin_%zu", chance(300));
    case 1: return to + sprintf(to, "ms\thistogram.%02zuxxxxxxx", chance(100));
    case 2: return to + sprintf(to, "ms\thistogram.xx%zuxxxxxxx", chance(10));
    case 3: return to + sprintf(to, "ms\thistogram.%.*s", (int)(1 + chance(20)), "xxxxxxxxxxxxxxxxxxxx");
    default: break;
    }
    return put(to, ANY(kinds));
}

/* Writes rows, each with the series of the previous one or its own; the time changes now and then.
 * Returns the stream's length. */
static size_t make_stream(char *text)
{
    static const char *const times[] = { "1700000000", "1700000010", "1700000000.500", "5", "1700000010.000", "now" };
    static const char damages[] = "\t\t\n\n\r \\;\x7f\x80\0a1";
    char series[4096], *to = text;
    size_t series_length = 0;
    const char *time = times[0];
    while (to < text + STREAM - 8192) {
        char *line = to;
        if (chance(3) == 0)
            series_length = (size_t)(put_series(series) - series);
        if (chance(200) == 0)
            time = ANY(times);
        memcpy(to, series, series_length);
        to = put_kind(put(to + series_length, "\t"));
        to = put(put_value(put(to, "\t")), "\t");
        to = put(put(to, time), chance(60) ? "\n" : "\r\n");
        if (chance(60) == 0)
            line[chance((size_t)(to - line))] = damages[chance(sizeof damages - 1)];
        if (chance(100) == 0)
            to = put(to, "plain.text 1 2\n");
    }
    return (size_t)(put(to, "a\tg\tvalue\t1\t1700000000\n") - text);
}

/* --- both ways -------------------------------------------------------------------------------- */

struct way {
    struct queue queue;
    struct intake intake;
    uint64_t fast; /* lines taken by intake_rows */
};

static void begin(struct way *w, const struct intake_options *options, const struct paths *paths, size_t limit)
{
    w->fast = 0;
    queue_init(&w->queue, limit);
    intake_init(&w->intake, options, paths, &w->queue, NULL);
}

static void end(struct way *w)
{
    intake_free(&w->intake);
    queue_free(&w->queue);
}

static const char *take_one(struct way *w, const char *from, const char *end)
{
    const char *newline = memchr(from, '\n', (size_t)(end - from));
    size_t length = (size_t)(newline - from);
    bool too_long = length > MAX_LINE;
    if (length && !too_long && newline[-1] == '\r')
        length--;
    struct span line = { from, too_long ? MAX_LINE : length };
    intake_line(&w->intake, &(struct intake_line){ line, 1, false, too_long });
    return newline + 1;
}

/* A connection takes some bytes. */
static void send_some(struct way *w, size_t seed)
{
    size_t ready = queue_ready(&w->queue).length, n = ready ? seed % ready : 0;
    queue_sent(&w->queue, n, n / 3);
}

/* Takes the lines of a piece. With fast, intake_rows is tried first, as main.c does. */
static void take_piece(struct way *w, const char *p, const char *end, bool fast)
{
    while (p < end) {
        if (fast)
            p = intake_rows(&w->intake, p, end, MAX_LINE, &w->fast);
        if (p < end)
            p = take_one(w, p, end);
    }
}

/* Returns the length of the next piece of complete lines to read at once. */
static size_t piece_length(const char *text, size_t length)
{
    size_t piece = 1 + chance(chance(2) ? 90000 : 2000);
    piece = piece < length ? piece : length;
    while (text[piece - 1] != '\n')
        piece++;
    return piece;
}

static bool same_queues(const struct queue *a, const struct queue *b)
{
    size_t length = a->end - a->start;
    return length == b->end - b->start && memcmp(a->bytes + a->start, b->bytes + b->start, length) == 0 &&
           a->committed - a->start == b->committed - b->start && a->sent == b->sent && a->added == b->added &&
           a->delivered == b->delivered && a->dropped == b->dropped && a->written == b->written;
}

static bool same_intakes(const struct intake *a, const struct intake *b)
{
    return a->lines == b->lines && a->open == b->open && a->time == b->time && a->plain == b->plain &&
           a->bad.complaint.total == b->bad.complaint.total && a->unknown.complaint.total == b->unknown.complaint.total;
}

/* True if the piece gives the same result both ways. */
static bool is_taken_alike(struct way *fast, struct way *slow, const char *text, size_t length)
{
    char *buffer = malloc(length); /* of exactly that size, for sanitizers */
    memcpy(buffer, text, length);
    take_piece(fast, buffer, buffer + length, true);
    take_piece(slow, buffer, buffer + length, false);
    free(buffer);
    bool alike = same_queues(&fast->queue, &slow->queue) && same_intakes(&fast->intake, &slow->intake);
    size_t some = chance(1 << 20);
    send_some(fast, some);
    send_some(slow, some);
    return alike;
}

static void compare(const char *name, const struct path_words *words, struct intake_options options, size_t limit)
{
    char *text = malloc(STREAM);
    struct paths paths;
    struct way fast, slow;
    unsigned pieces = 0, different = 0;
    size_t length = make_stream(text);
    paths_init(&paths, words);
    begin(&fast, &options, &paths, limit);
    begin(&slow, &options, &paths, limit);
    for (size_t start = 0, piece; start < length; start += piece, pieces++) {
        piece = piece_length(text + start, length - start);
        different += !is_taken_alike(&fast, &slow, text + start, piece);
    }
    tap_ok(different == 0, "%s: %u of %u pieces differ; %llu of %llu lines went the fast way", name, different, pieces,
           (unsigned long long)fast.fast, (unsigned long long)fast.intake.lines);
    end(&fast);
    end(&slow);
    paths_free(&paths);
    free(text);
}

/* --- the cases -------------------------------------------------------------------------------- */

static const struct path_words modern = { false, "stats", "counters", "timers", "gauges", "sets", "", NULL };

/* Detects a fast way that takes nothing. */
static void test_taken(void)
{
    struct intake_options options = { .no_self = true };
    struct paths paths;
    struct way w;
    char text[60 * 100], *to = text;
    for (int i = 0; i < 100; i++)
        to += sprintf(to, "prod.host%d.x;k=v\tms\tupper_90\t%d.25\t1700000000\n", i / 10, i);
    paths_init(&paths, &modern);
    begin(&w, &options, &paths, SIZE_MAX);
    take_piece(&w, text, to, true);
    tap_ok(w.fast > 90, "plain rows of an open interval are taken the fast way, %llu of 100",
           (unsigned long long)w.fast);
    end(&w);
    paths_free(&paths);
}

int main(void)
{
    const struct path_words legacy = { true, "x", "x", "x", "x", "x", "suf", "me" };
    const struct path_words empty = { false, "", "", "", "", "", "", "" };
    const struct path_words words = { false, "a b.\xc3\xa4", "c", "\x7f", "g.g", "s", "end.of it", "other" };
    const struct path_words longs = {
        false, "a.prefix.of.more.than.thirty-two.bytes", "c",  "and.a.word.that.makes.it.too.long", "g",
        "s",   "a.suffix.of.more.than.thirty-two.bytes", NULL,
    };
    die_init("test");
    die_set_verbosity(-1);
    test_taken();
    for (uint64_t seed = 1; seed <= 3; seed++) {
        chance_state = seed * UINT64_C(0x9E3779B97F4A7C15);
        compare("modern", &modern, (struct intake_options){ .no_self = false }, SIZE_MAX);
        compare("no own rows, no counts", &modern, (struct intake_options){ .no_self = true, .no_counts = true },
                SIZE_MAX);
        compare("legacy", &legacy, (struct intake_options){ .no_self = true }, SIZE_MAX);
        compare("empty words", &empty, (struct intake_options){ .no_self = false }, SIZE_MAX);
        compare("words to be mended", &words, (struct intake_options){ .no_counts = true }, SIZE_MAX);
        compare("long words", &longs, (struct intake_options){ .no_self = false }, SIZE_MAX);
        compare("a small buffer", &modern, (struct intake_options){ .no_self = false }, 20000);
        compare("a buffer too small for it", &modern, (struct intake_options){ .no_self = false }, 4096);
    }
    return tap_done();
}
