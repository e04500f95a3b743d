/* The fast way of lines.h against the slow one: a stream of rows, some of them broken by chance,
 * taken both ways; what waits for Carbon is the same to the last byte, and so are all the
 * figures. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lines.h"
#include "row_stream.h"
#include "tap.h"

enum { MAX_LINE = 300 };

/* --- both ways -------------------------------------------------------------------------------- */

struct way {
    struct sink_options options;
    struct sink_format format;
    struct carbon_lines lines;
    struct sink sink;
    char *sent; /* the points of all batches that were taken */
    size_t sent_length;
};

static void note_done(void *self, const struct queue_interval *i)
{
    (void)self;
    (void)i;
}

static void note_dropped(void *self, const struct batch *b)
{
    (void)self;
    (void)b;
}

/* A sink without a transport, whose fast way may be missing. */
static void begin(struct way *w, bool fast, const struct sink_options *options, bool no_counts,
                  const struct paths *paths)
{
    static const struct queue_owner owner = { note_done, note_dropped };
    const struct queue_limits limits = { .bytes = options->buffer, .batch_bytes = options->batch, .point_lines = 1 };
    *w = (struct way){ .options = *options, .format = carbon_format, .sent = malloc(2 * ROW_STREAM) };
    w->options.filter.max_line = MAX_LINE;
    w->options.dry_run = true; /* no figures */
    w->format.rows = fast ? carbon_format.rows : NULL;
    w->lines = (struct carbon_lines){ .paths = paths, .no_counts = no_counts };
    w->sink = (struct sink){ .options = &w->options, .format = &w->format, .self = &w->lines };
    queue_init(&w->sink.queue, &limits, &owner, w);
    sink_input_begin(&w->sink);
}

static void end(struct way *w)
{
    sink_input_free(&w->sink);
    queue_free(&w->sink.queue);
    free(w->sent);
}

static void send_some(struct way *w)
{
    struct batch *b;
    while ((b = queue_take(&w->sink.queue, 0))) {
        memcpy(w->sent + w->sent_length, b->bytes, b->length);
        w->sent_length += b->length;
        queue_delivered(&w->sink.queue, b);
    }
}

/* Reads a piece as filter.h does. */
static void take_piece(struct way *w, const char *text, size_t length)
{
    struct lines in;
    int fd = memfd_create("piece", 0);
    if (fd < 0 || write(fd, text, length) != (ssize_t)length || lseek(fd, 0, SEEK_SET) < 0)
        exit(1);
    lines_init(&in, fd, MAX_LINE);
    while (sink_input_take(&w->sink, &in) == FILTER_MORE)
        lines_fill(&in);
    lines_free(&in);
    close(fd);
}

/* Batches may end elsewhere, their points are the same. */
static bool same_points(struct way *a, struct way *b)
{
    queue_release(&a->sink.queue);
    queue_release(&b->sink.queue);
    send_some(a);
    send_some(b);
    return a->sent_length == b->sent_length && memcmp(a->sent, b->sent, a->sent_length) == 0 &&
           a->sink.queue.counts.added == b->sink.queue.counts.added &&
           a->sink.queue.counts.delivered == b->sink.queue.counts.delivered;
}

static bool same_sinks(const struct sink *a, const struct sink *b)
{
    return a->lines == b->lines && a->rows.is_open == b->rows.is_open && a->rows.time == b->rows.time &&
           a->has_plain == b->has_plain && a->bad.complaint.total == b->bad.complaint.total &&
           a->unknown.complaint.total == b->unknown.complaint.total;
}

/* True when the piece comes out the same both ways. */
static bool is_taken_alike(struct way *fast, struct way *slow, const char *text, size_t length)
{
    take_piece(fast, text, length);
    take_piece(slow, text, length);
    return same_points(fast, slow) && same_sinks(&fast->sink, &slow->sink);
}

static void compare(const char *name, const struct path_words *words, const struct sink_options *options,
                    bool no_counts)
{
    char *text = malloc(ROW_STREAM);
    struct paths paths;
    struct way fast, slow;
    unsigned pieces = 0, different = 0;
    size_t length = row_stream(text);
    paths_init(&paths, words);
    begin(&fast, true, options, no_counts, &paths);
    begin(&slow, false, options, no_counts, &paths);
    for (size_t start = 0, piece; start < length; start += piece, pieces++) {
        piece = row_stream_piece(text + start, length - start);
        different += !is_taken_alike(&fast, &slow, text + start, piece);
    }
    tap_ok(different == 0, "%s: %u of %u pieces differ", name, different, pieces);
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
    struct sink_options options = sink_defaults();
    struct paths paths;
    struct way w;
    char text[60 * 100], *to = text;
    struct rows_refusal refused;
    for (int i = 0; i < 100; i++)
        to += sprintf(to, "prod.host%d.x;k=v\tms\tupper_90\t%d.25\t1700000000\n", i / 10, i);
    const char *second = strchr(text, '\n') + 1;
    uint64_t count = 0;
    paths_init(&paths, &modern);
    begin(&w, true, &options, false, &paths);
    const struct rows_line first = { { text, (size_t)(second - 1 - text) }, false, false };
    rows_line(&w.sink.rows, &first, &refused);
    carbon_format.rows(&w.lines, &w.sink, second, to, &count);
    tap_ok(count > 90, "plain rows of an open interval are taken the fast way, %llu of 100", (unsigned long long)count);
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
    struct sink_options usual = sink_defaults(), no_self = usual, small = usual, smallest = usual;
    no_self.filter.no_self = true;
    small.batch = 20000;
    smallest.batch = 512;
    die_init("test");
    die_set_verbosity(-1);
    test_taken();
    for (uint64_t seed = 1; seed <= 3; seed++) {
        chance_state = seed * UINT64_C(0x9E3779B97F4A7C15);
        compare("modern", &modern, &usual, false);
        compare("no own rows, no counts", &modern, &no_self, true);
        compare("legacy", &legacy, &no_self, false);
        compare("empty words", &empty, &usual, false);
        compare("words to be mended", &words, &usual, true);
        compare("long words", &longs, &usual, false);
        compare("small batches", &modern, &small, false);
        compare("the smallest batches", &modern, &smallest, false);
    }
    return tap_done();
}
