/* stream: whatever the pieces that a stream comes in, and however little room there is, the same
 * records, refusals and counts come out. */
#include "stream.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "tap.h"

enum { TEXT_MAX = 1 << 20 };

/* What has come of a stream. */
struct result {
    char *records;
    size_t length;
    struct side rejects; /* not open: it keeps what it gets */
    struct reader_counts counts;
    uint64_t messages;
    enum reader_result last;
    bool is_refused;
};

struct test {
    struct out out;
    struct refusals refusals;
    struct reader reader;
    struct streams all;
    struct stream stream;
    struct result *result;
};

static size_t sender_text(const void *sender, char *text)
{
    (void)sender;
    strcpy(text, "unix:1");
    return strlen(text);
}

static void begin(struct test *t, struct result *result, enum stream_form form, size_t max_line, size_t room)
{
    struct reader_options options = { .wire = wire_defaults, .max_line = max_line };
    *result = (struct result){ .records = xmalloc(TEXT_MAX), .rejects = { .path = "rejects", .fd = -1 } };
    *t = (struct test){ .stream.form = form, .result = result };
    t->refusals = (struct refusals){ .complaint = { .what = "bad" }, .rejects = &result->rejects };
    out_init(&t->out, open("/dev/null", O_WRONLY), "records", room, OUT_QUEUE);
    reader_init(&t->reader, &options, &t->out, &t->refusals, &result->counts);
    streams_init(&t->all, &t->reader, max_line);
}

static void keep_records(struct test *t)
{
    size_t pending = out_pending(&t->out);
    memcpy(t->result->records + t->result->length, t->out.buffer + t->out.start, pending);
    t->result->length += pending;
    t->out.start = t->out.end = 0;
}

static void give(struct test *t, const char *text, size_t length, enum stream_state state)
{
    struct reader_origin origin = { .sender_text = sender_text };
    size_t size;
    char *room = stream_take(&t->all, &t->stream, 1500, origin, &size);
    memcpy(room, text, length);
    while ((t->result->last = stream_run(&t->all, length, state)) == READER_FULL) {
        keep_records(t);
        length = 0;
    }
    keep_records(t);
    t->result->is_refused = stream_is_refused(&t->all);
    t->result->messages = t->all.messages;
}

static void end(struct test *t)
{
    stream_free(&t->stream);
    streams_free(&t->all);
    reader_free(&t->reader);
    out_close(&t->out);
}

static void free_result(struct result *r)
{
    free(r->records);
    free(r->rejects.buffer);
}

/* Gives the text in pieces: of `piece` bytes, or if that is 0 in two, of which the first has
 * `first` bytes. */
static struct result run(struct span text, enum stream_form form, enum stream_state state, size_t first, size_t piece,
                         size_t room)
{
    struct result result;
    struct test t;
    begin(&t, &result, form, 60, room);
    for (size_t from = 0, size; from < text.length && !result.is_refused; from += size) {
        size = piece ? piece : from ? text.length - from : first;
        size = size < text.length - from ? size : text.length - from;
        give(&t, text.text + from, size, STREAM_OPEN);
    }
    if (!result.is_refused)
        give(&t, "", 0, state);
    end(&t);
    return result;
}

static bool equal(const struct result *a, const struct result *b)
{
    return a->length == b->length && memcmp(a->records, b->records, a->length) == 0 &&
           a->rejects.end == b->rejects.end &&
           (!a->rejects.end || memcmp(a->rejects.buffer, b->rejects.buffer, a->rejects.end) == 0) &&
           memcmp(&a->counts, &b->counts, sizeof a->counts) == 0 && a->messages == b->messages &&
           a->is_refused == b->is_refused;
}

static bool same_in_pieces(const struct result *whole, struct span text, enum stream_form form, enum stream_state state,
                           size_t first, size_t piece)
{
    struct result pieces = run(text, form, state, first, piece, 300);
    bool same = equal(whole, &pieces);
    if (!same)
        tap_note("split at %zu, pieces of %zu: %.*s", first, piece, (int)pieces.length, pieces.records);
    free_result(&pieces);
    return same;
}

struct expected {
    uint64_t records, bad, messages;
    bool is_refused;
};

static void check(const char *what, struct span text, enum stream_form form, enum stream_state state,
                  struct expected expected)
{
    struct result whole = run(text, form, state, text.length, 0, TEXT_MAX);
    bool right = whole.counts.records == expected.records && whole.counts.bad == expected.bad &&
                 whole.messages == expected.messages && whole.is_refused == expected.is_refused;
    tap_ok(right, "%s: %d records, %d bad, %d messages", what, (int)whole.counts.records, (int)whole.counts.bad,
           (int)whole.messages);
    bool same = true;
    for (size_t first = 0; first <= text.length && same; first++)
        same = same_in_pieces(&whole, text, form, state, first ? first : 1, 0);
    tap_ok(same, "%s: the same when split in two at every byte", what);
    same = true;
    for (size_t piece = 1; piece <= 9 && same; piece++)
        same = same_in_pieces(&whole, text, form, state, 0, piece);
    tap_ok(same, "%s: the same in pieces of one to nine bytes", what);
    free_result(&whole);
}

static const char lines[] = "a:1|c\nbad\r\n\nb:1:2:3|ms|@0.5|#k:v\r\n_e{1,1}:a|b\n"
                            "too.long.too.long.too.long.too.long.too.long.too.long.too.long:1|c\n"
                            "just.fits.just.fits.just.fits.just.fits.just.fits.just.f:1|c\r\nc:4|g";

static void test_lines(void)
{
    check("lines", SPAN(lines), STREAM_LINES, STREAM_CLOSED, (struct expected){ 6, 2, 0, false });
    check("lines of a Unix socket", SPAN(lines), STREAM_UNKNOWN, STREAM_CLOSED, (struct expected){ 6, 2, 0, false });
    check("lines, and the connection breaks", SPAN(lines), STREAM_LINES, STREAM_BROKEN,
          (struct expected){ 5, 3, 0, false });
    check("an end in a line that is too long",
          SPAN("a:1|c\ntoo.long.too.long.too.long.too.long.too.long.too.long.too.long.too.l"), STREAM_LINES,
          STREAM_BROKEN, (struct expected){ 1, 1, 0, false });
    check("one byte", SPAN("a"), STREAM_UNKNOWN, STREAM_CLOSED, (struct expected){ 0, 1, 0, false });
    check("three bytes", SPAN("ab\0"), STREAM_UNKNOWN, STREAM_CLOSED, (struct expected){ 0, 1, 0, false });
    check("NULs in a line of TCP", SPAN("ab\0\0:1|c\n"), STREAM_LINES, STREAM_CLOSED,
          (struct expected){ 1, 0, 0, false });
    check("nothing but separators", SPAN("\n\r\n:|:|:\n|||\n::::\n"), STREAM_UNKNOWN, STREAM_CLOSED,
          (struct expected){ 0, 3, 0, false });
}

#define ONE "\x05\0\0\0a:1|c"
#define TWO "\x0c\0\0\0b:1|c\nc:2|c\n"

static void test_messages(void)
{
    check("messages", SPAN(ONE TWO "\0\0\0\0" ONE), STREAM_UNKNOWN, STREAM_CLOSED, (struct expected){ 4, 0, 4, false });
    check("a torn message", SPAN(ONE "\x0c\0\0\0b:1|c\nc:"), STREAM_UNKNOWN, STREAM_CLOSED,
          (struct expected){ 1, 1, 1, false });
    check("a torn length", SPAN(ONE "\x0c\0"), STREAM_UNKNOWN, STREAM_BROKEN, (struct expected){ 1, 1, 1, false });
    check("a message of 4 GiB", SPAN(ONE "\xff\xff\xff\xff" ONE), STREAM_UNKNOWN, STREAM_OPEN,
          (struct expected){ 1, 1, 1, true });
    check("a message of 65536 bytes", SPAN(ONE "\0\0\1\0" ONE), STREAM_UNKNOWN, STREAM_OPEN,
          (struct expected){ 1, 1, 1, true });
    check("bad lines in messages", SPAN("\x07\0\0\0a\nb:1|c" TWO), STREAM_UNKNOWN, STREAM_CLOSED,
          (struct expected){ 3, 1, 2, false });
    check("lines whose first is like no length", SPAN("a:1|c\n\0\0\0\0\n"), STREAM_UNKNOWN, STREAM_CLOSED,
          (struct expected){ 1, 1, 0, false });
}

/* The longest message, in pieces as they come from a socket, next to another stream. */
static void test_longest(void)
{
    size_t length = 4 + STREAM_MESSAGE_MAX;
    char *text = xmalloc(length);
    memcpy(text, "\xff\xff\0\0", 4);
    for (size_t i = 4; i < length; i++)
        text[i] = "a:1|c\n"[(i - 4) % 6];
    struct result result;
    struct test t;
    struct stream other = { .form = STREAM_LINES }, mine;
    begin(&t, &result, STREAM_UNKNOWN, 60, TEXT_MAX);
    for (size_t from = 0; from < length; from += 7777) {
        give(&t, text + from, length - from < 7777 ? length - from : 7777, STREAM_OPEN);
        mine = t.stream;
        t.stream = other;
        give(&t, "x:1", 3, STREAM_OPEN);
        give(&t, "|c\ny:", 5, STREAM_OPEN);
        give(&t, "2|c\n", 4, STREAM_OPEN);
        other = t.stream;
        t.stream = mine;
    }
    tap_ok(result.messages == 1 && result.counts.records == 65535 / 6 + 2 * 9 && result.counts.bad == 1,
           "the longest message, and another stream between its pieces: %d records, %d bad", (int)result.counts.records,
           (int)result.counts.bad);
    stream_free(&other);
    end(&t);
    free_result(&result);
    free(text);
}

int main(void)
{
    die_set_verbosity(-1);
    test_lines();
    test_messages();
    test_longest();
    return tap_done();
}
