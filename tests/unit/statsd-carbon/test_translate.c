/* translate_rows against translate_line: a stream of rows, some of them broken by chance, taken
 * both ways; what waits for Carbon is the same to the last byte, and so are all the figures. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "row_stream.h"
#include "tap.h"
#include "translate.h"

enum { MAX_LINE = 300 };

/* --- both ways -------------------------------------------------------------------------------- */

struct way {
    struct translate_options options;
    struct queue queue;
    struct translator translator;
    uint64_t fast; /* lines taken by translate_rows */
};

static void begin(struct way *w, const struct translate_options *options, const struct paths *paths, size_t limit)
{
    w->fast = 0;
    queue_init(&w->queue, limit);
    w->options = *options;
    w->options.max_line = MAX_LINE;
    translate_init(&w->translator, &w->options, paths, &w->queue, NULL);
}

static void end(struct way *w)
{
    translate_free(&w->translator);
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
    translate_line(&w->translator, &(struct rows_line){ line, false, too_long }, 1);
    return newline + 1;
}

/* A connection takes some. */
static void send_some(struct way *w, size_t seed)
{
    size_t ready = queue_ready(&w->queue).length, n = ready ? seed % ready : 0;
    queue_sent(&w->queue, n, n / 3);
}

/* Takes the lines of a piece; fast is whether translate_rows is asked first, as it is by main.c. */
static void take_piece(struct way *w, const char *p, const char *end, bool fast)
{
    while (p < end) {
        if (fast)
            p = translate_rows(&w->translator, p, end, &w->fast);
        if (p < end)
            p = take_one(w, p, end);
    }
}

static bool same_queues(const struct queue *a, const struct queue *b)
{
    size_t length = a->end - a->start;
    return length == b->end - b->start && memcmp(a->bytes + a->start, b->bytes + b->start, length) == 0 &&
           a->committed - a->start == b->committed - b->start && a->sent == b->sent && a->added == b->added &&
           a->delivered == b->delivered && a->dropped == b->dropped && a->written == b->written;
}

static bool same_translators(const struct translator *a, const struct translator *b)
{
    return a->lines == b->lines && a->rows.is_open == b->rows.is_open && a->rows.time == b->rows.time &&
           a->plain == b->plain && a->bad.complaint.total == b->bad.complaint.total &&
           a->unknown.complaint.total == b->unknown.complaint.total;
}

/* True when the piece comes out the same both ways. */
static bool is_taken_alike(struct way *fast, struct way *slow, const char *text, size_t length)
{
    char *buffer = malloc(length); /* of just that size, for sanitizers */
    memcpy(buffer, text, length);
    take_piece(fast, buffer, buffer + length, true);
    take_piece(slow, buffer, buffer + length, false);
    free(buffer);
    bool alike = same_queues(&fast->queue, &slow->queue) && same_translators(&fast->translator, &slow->translator);
    size_t some = chance(1 << 20);
    send_some(fast, some);
    send_some(slow, some);
    return alike;
}

static void compare(const char *name, const struct path_words *words, struct translate_options options, size_t limit)
{
    char *text = malloc(ROW_STREAM);
    struct paths paths;
    struct way fast, slow;
    unsigned pieces = 0, different = 0;
    size_t length = row_stream(text);
    paths_init(&paths, words);
    begin(&fast, &options, &paths, limit);
    begin(&slow, &options, &paths, limit);
    for (size_t start = 0, piece; start < length; start += piece, pieces++) {
        piece = row_stream_piece(text + start, length - start);
        different += !is_taken_alike(&fast, &slow, text + start, piece);
    }
    tap_ok(different == 0, "%s: %u of %u pieces differ; %llu of %llu lines went the fast way", name, different, pieces,
           (unsigned long long)fast.fast, (unsigned long long)fast.translator.lines);
    end(&fast);
    end(&slow);
    paths_free(&paths);
    free(text);
}

/* --- the cases -------------------------------------------------------------------------------- */

static const struct path_words modern = { false, "stats", "counters", "timers", "gauges", "sets", "", NULL };

/* So that a fast way that takes nothing would be seen. */
static void test_taken(void)
{
    struct translate_options options = { .no_self = true };
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
        compare("modern", &modern, (struct translate_options){ .no_self = false }, SIZE_MAX);
        compare("no own rows, no counts", &modern, (struct translate_options){ .no_self = true, .no_counts = true },
                SIZE_MAX);
        compare("legacy", &legacy, (struct translate_options){ .no_self = true }, SIZE_MAX);
        compare("empty words", &empty, (struct translate_options){ .no_self = false }, SIZE_MAX);
        compare("words to be mended", &words, (struct translate_options){ .no_counts = true }, SIZE_MAX);
        compare("long words", &longs, (struct translate_options){ .no_self = false }, SIZE_MAX);
        compare("a small buffer", &modern, (struct translate_options){ .no_self = false }, 20000);
        compare("a buffer too small for it", &modern, (struct translate_options){ .no_self = false }, 4096);
    }
    return tap_done();
}
