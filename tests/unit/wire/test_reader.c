/* reader: datagrams and the lines of files become records, refusals and counts, whatever the pieces
 * they come in and however little room there is. */
#include "wire/reader.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "chance.h"
#include "net/address.h"
#include "tap.h"

static struct net_address sender;
static struct reader_counts counts;
static struct out records;
static struct side rejects; /* not open: it keeps what it gets */
static struct refusals refusals;
static struct reader reader;
static char *memory; /* of the datagram under way */

static size_t sender_text(const void *address, char *text)
{
    return net_text(address, text);
}

static void begin(struct reader_options options, bool strict, size_t room)
{
    sender = (struct net_address){ .length = sizeof sender.v4 };
    sender.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(1234) };
    sender.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    counts = (struct reader_counts){ 0 };
    options.wire = wire_defaults;
    options.max_line = options.max_line ? options.max_line : 65536;
    out_init(&records, open("/dev/null", O_WRONLY), "records", room, OUT_QUEUE);
    rejects = (struct side){ .path = "rejects", .fd = -1 };
    refusals = (struct refusals){ .complaint = { .what = "bad" }, .rejects = &rejects, .strict = strict };
    reader_init(&reader, &options, &records, &refusals, &counts);
}

static void end(void)
{
    reader_free(&reader);
    out_close(&records);
    free(rejects.buffer);
    free(memory);
    memory = NULL;
}

/* The text stands in memory of its size and the slack, so that a sanitizer sees a read past that;
 * the slack looks like more text. */
static void open_text(const char *text, size_t length, enum reader_tail tail, struct reader_origin origin)
{
    free(memory);
    memory = malloc(length + READER_SLACK);
    memcpy(memory, text, length);
    for (size_t i = 0; i < READER_SLACK; i++)
        memory[length + i] = ":1|c\nx"[i % 6];
    reader_open(&reader, (struct reader_text){ memory, memory + length, tail }, 1500, origin);
}

static enum reader_result give(const char *text, size_t length, bool truncated)
{
    struct reader_origin origin = { .sender_text = sender_text, .sender = &sender };
    open_text(text, length, truncated ? READER_TAIL_LOST : READER_TAIL_LINE, origin);
    return reader_run(&reader);
}

static bool holds(const char *text, size_t length, const char *expected)
{
    bool same = length == strlen(expected) && (!length || memcmp(text, expected, length) == 0);
    if (!same)
        tap_note("%.*s", (int)length, text);
    return same;
}

static bool wrote(const char *expected)
{
    bool same = holds(records.buffer + records.start, out_pending(&records), expected);
    records.start = records.end = 0;
    return same;
}

/* Each refusal is `1.500 TAB where TAB reason TAB bytes`. */
static bool refused(const char *expected)
{
    bool same = holds(rejects.buffer, rejects.end, expected);
    rejects.end = 0;
    return same;
}

static void test_plain(void)
{
    begin((struct reader_options){ .source = true }, false, 4096);
    tap_ok(give("a:1|c\r\n\r\n\nb:2|g", 15, false) == READER_DONE, "a datagram is done with");
    tap_ok(wrote("a\tc\t1\t1\t1.500\t127.0.0.1:1234\nb\tg\t2\t1\t1.500\t127.0.0.1:1234\n"),
           "its records have a sender");
    tap_ok(give("", 0, false) == READER_DONE && wrote(""), "an empty one is nothing");
    tap_ok(counts.lines == 2 && counts.records == 2 && counts.bad == 0, "both are counted");
    end();
}

static void test_truncated(void)
{
    begin((struct reader_options){ 0 }, false, 4096);
    tap_ok(give("a:1|c\nb:12", 10, true) == READER_DONE, "a datagram whose end is lost");
    tap_ok(wrote("a\tc\t1\t1\t1.500\n") && counts.bad == 1, "its last line is refused, the others count");
    tap_ok(give("a:1|c\nb:1|c\n", 12, true) == READER_DONE && counts.bad == 1, "lost at a line's end");
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
    begin((struct reader_options){ 0 }, false, 1024);
    for (enum reader_result result = give(text, length + 11, false); result == READER_FULL; rounds++) {
        most = out_pending(&records) > most ? out_pending(&records) : most;
        records.start = records.end = 0;
        result = reader_run(&reader);
    }
    tap_ok(rounds > 5 && most <= 1024, "%d rounds, at most %d bytes in the buffer", rounds, (int)most);
    tap_ok(counts.records == (uint64_t)values + 1 && counts.lines == 2, "every value became one record");
    end();
    begin((struct reader_options){ 0 }, false, 8);
    tap_ok(give("longer.than.the.buffer:1|c\nb:1|c", 32, false) == READER_FULL && counts.records == 1,
           "a record larger than the buffer gets room once it is empty");
    tap_ok(reader_run(&reader) == READER_FULL && counts.records == 1, "no room, no change");
    tap_ok(wrote("longer.than.the.buffer\tc\t1\t1\t1.500\n") && reader_run(&reader) == READER_DONE &&
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
    begin((struct reader_options){ 0 }, false, 1024);
    uint64_t before = 0;
    for (enum reader_result result = give(text, (size_t)(to - text), false); result == READER_FULL; rounds++) {
        good = good && counts.records > before && out_pending(&records) <= 1024;
        before = counts.records;
        records.start = records.end = 0;
        result = reader_run(&reader);
    }
    tap_ok(good && rounds > 3 && counts.records == (uint64_t)lines && !counts.bad, "plain lines, in %d rounds", rounds);
    static const char last[] = "\nplain\tc\t199\t1\t1.500\n";
    size_t length = sizeof last - 1;
    tap_ok(out_pending(&records) > length && memcmp(records.buffer + records.end - length, last, length) == 0,
           "the last is the last");
    end();
    begin((struct reader_options){ .source = true }, false, 65536);
    tap_ok(give(text, (size_t)(to - text), false) == READER_DONE && counts.records == (uint64_t)lines,
           "in one, with the sender");
    end();
}

static void test_ends(void)
{
    begin((struct reader_options){ .count = 2 }, false, 4096);
    tap_ok(give("a:1:2:3|c\nb:1|c", 15, false) == READER_ENOUGH && wrote("a\tc\t1\t1\t1.500\na\tc\t2\t1\t1.500\n"),
           "enough");
    end();
    begin((struct reader_options){ 0 }, true, 4096);
    tap_ok(give("a:1|c:x|c:3|c\nb:1|c", 19, false) == READER_STOPPED && wrote("a\tc\t1\t1\t1.500\n"), "strict");
    tap_ok(give("a:1|c\n", 6, false) == READER_STOPPED && wrote(""), "and nothing comes after that");
    end();
    begin((struct reader_options){ 0 }, true, 4096);
    tap_ok(give("a:x|c\nplain.lines.behind.a.bad.one:1|c\nplain.lines.behind.a.bad.one:1|c\n", 72, false) ==
                   READER_STOPPED &&
               wrote(""),
           "strict, however plain what follows is");
    end();
    begin((struct reader_options){ .max_line = 5 }, false, 4096);
    tap_ok(give("a:1|c\nbb:1|c\nc:1|c\r\n", 20, false) == READER_DONE &&
               wrote("a\tc\t1\t1\t1.500\nc\tc\t1\t1\t1.500\n") && counts.bad == 1,
           "a line that is too long");
    tap_ok(give("_e{1,1}:a|b\na:1|c", 17, false) == READER_DONE && counts.other == 0 && counts.bad == 2,
           "an event that is too long is a line that is too long");
    end();
}

static void test_skew(void)
{
    begin((struct reader_options){ .max_skew = 1500 }, false, 4096);
    tap_ok(give("a:1|c|T0\nb:1|c|T3", 17, false) == READER_DONE && counts.skewed == 0 &&
               wrote("a\tc\t1\t1\t0.000\nb\tc\t1\t1\t3.000\n"),
           "a time as far from the clock as it may be");
    tap_ok(give("a:1:2|c|T4:3|c\nb:1|c", 20, false) == READER_DONE && counts.skewed == 1 && counts.bad == 1 &&
               wrote("a\tc\t3\t1\t1.500\nb\tc\t1\t1\t1.500\n"),
           "one that is further refuses its chunk");
    end();
    begin((struct reader_options){ .max_skew = 1499 }, false, 4096);
    tap_ok(give("a:1|c|T0\nb:1|c|T3\nc:1|c|T9999999999", 35, false) == READER_DONE && counts.skewed == 3 &&
               counts.records == 0,
           "earlier or later");
    end();
    begin((struct reader_options){ .max_skew = 1 }, true, 4096);
    tap_ok(give("a:1|c|T9\nb:1|c", 14, false) == READER_STOPPED && wrote(""), "with strict it ends the run");
    end();
}

/* What a refusal of a sender's line keeps. */
static void test_refusals_of_sender(void)
{
    begin((struct reader_options){ .max_line = 9 }, false, 4096);
    give("a:x|c:y|c\nb:z|g\r\n1234567890\n", 28, false);
    tap_ok(refused("1.500\t127.0.0.1:1234\tbad value 'x': expected a number\ta:x|c:y|c\n"
                   "1.500\t127.0.0.1:1234\tbad value 'y': expected a number\ty\n"
                   "1.500\t127.0.0.1:1234\tbad value 'z': expected a number\tb:z|g\n"
                   "1.500\t127.0.0.1:1234\tbad line '1234567890': longer than --max-line\t1234567890\n"),
           "a line that is bad twice is kept whole once, one that is too long is kept whole");
    give("a:1|c\nb:1", 9, true);
    tap_ok(refused("1.500\t127.0.0.1:1234\tbad line 'b:1': the datagram is too long: its end was cut off\tb:1\n"),
           "a line whose end is lost");
    tap_ok(counts.lines == 5 && counts.bad == 5 && counts.records == 1, "all of them are counted");
    end();
    begin((struct reader_options){ .max_skew = 1 }, false, 4096);
    give("a:1|c|T9", 8, false);
    tap_ok(refused("1.500\t127.0.0.1:1234\tbad time 'T9': further from the clock than --max-skew\ta:1|c|T9\n"),
           "a timestamp that is off");
    end();
}

static void test_open_tail(void)
{
    begin((struct reader_options){ 0 }, false, 4096);
    open_text("a:1|c\nx\nb:1|c", 13, READER_TAIL_OPEN, (struct reader_origin){ .file = "f", .line = 10 });
    tap_ok(reader_run(&reader) == READER_DONE && wrote("a\tc\t1\t1\t1.500\n"), "lines of a piece of a file");
    tap_ok(refused("1.500\tf:12\tbad line 'x': expected name:value|type\tx\n"), "their numbers go on");
    tap_ok(reader.next == memory + 8 && reader.number == 12 && counts.lines == 2, "what is no line yet is left");
    open_text("b:1|c", 5, READER_TAIL_LINE, (struct reader_origin){ .file = "f", .line = 12 });
    tap_ok(reader_run(&reader) == READER_DONE && wrote("b\tc\t1\t1\t1.500\n") && reader.number == 13, "until it is");
    open_text("", 0, READER_TAIL_LINE, (struct reader_origin){ .file = "f", .line = 13 });
    tap_ok(reader_run(&reader) == READER_DONE && wrote("") && reader.number == 13, "nothing is nothing");
    end();
}

/* A file that comes through a pipe. */
struct file {
    struct lines lines;
    int pipe[2];
};

static void begin_file(struct file *f)
{
    if (pipe(f->pipe) < 0)
        die_errno("pipe");
    lines_init(&f->lines, f->pipe[0], reader.options.max_line);
}

static void end_file(struct file *f)
{
    lines_free(&f->lines);
    close(f->pipe[0]);
}

/* Brings a piece, or with NULL the end. */
static enum reader_result bring(struct file *f, const char *piece, size_t length)
{
    if (!piece)
        close(f->pipe[1]);
    else if (write(f->pipe[1], piece, length) != (ssize_t)length)
        die_errno("write");
    lines_fill(&f->lines);
    reader_open_lines(&reader, &f->lines, 1500, (struct reader_origin){ .file = "f" });
    return reader_run(&reader);
}

static enum reader_result bring_text(struct file *f, const char *piece)
{
    return bring(f, piece, strlen(piece));
}

static void test_file(void)
{
    struct file f;
    begin((struct reader_options){ .source = true }, false, 4096);
    begin_file(&f);
    tap_ok(bring_text(&f, "a:1|c\n\nx\nb:2") == READER_DONE && wrote("a\tc\t1\t1\t1.500\n"), "the lines of a file");
    tap_ok(refused("1.500\tf:3\tbad line 'x': expected name:value|type\tx\n"), "are numbered");
    tap_ok(bring_text(&f, "|c\r") == READER_DONE && wrote(""), "a line that comes in pieces");
    tap_ok(bring_text(&f, "\nc:y|c:z|c\nd:1|g") == READER_DONE && wrote("b\tc\t2\t1\t1.500\n"), "is one line");
    tap_ok(refused("1.500\tf:5\tbad value 'y': expected a number\tc:y|c:z|c\n"
                   "1.500\tf:5\tbad value 'z': expected a number\tz\n"),
           "and counts as one; a bad line is kept whole once");
    tap_ok(!f.lines.ended && bring(&f, NULL, 0) == READER_DONE && wrote("d\tg\t1\t1\t1.500\n") && f.lines.ended,
           "the last needs no LF");
    tap_ok(f.lines.number == 6 && counts.lines == 5 && counts.records == 3 && counts.bad == 3, "all are counted");
    end_file(&f);
    end();
}

/* A byte order mark belongs to no line, however it comes. */
static void test_mark_of_file(void)
{
    static const char text[] = "\357\273\277a:1|c\nb:x|c\n";
    int wrong = 0;
    for (size_t first = 1; first < sizeof text - 1; first++) {
        struct file f;
        begin((struct reader_options){ 0 }, false, 4096);
        begin_file(&f);
        bring(&f, text, first);
        bring(&f, text + first, sizeof text - 1 - first);
        wrong += !wrote("a\tc\t1\t1\t1.500\n") || counts.lines != 2;
        wrong += !refused("1.500\tf:2\tbad value 'x': expected a number\tb:x|c\n");
        bring(&f, NULL, 0);
        end_file(&f);
        end();
    }
    tap_ok(!wrong, "a byte order mark is skipped, in one piece or in two");
}

static void test_long_lines_of_file(void)
{
    struct file f;
    begin((struct reader_options){ .max_line = 5 }, false, 4096);
    begin_file(&f);
    tap_ok(bring_text(&f, "a:1|c\nbb:1|c\nc:1|c\r\n1234") == READER_DONE &&
               wrote("a\tc\t1\t1\t1.500\nc\tc\t1\t1\t1.500\n"),
           "a line that is too long");
    tap_ok(refused("1.500\tf:2\tbad line 'bb:1|': longer than --max-line\tbb:1|\n"), "its first bytes are kept");
    bring_text(&f, "56789");
    bring_text(&f, "0123456789:1|c");
    tap_ok(wrote("") && refused(""), "one that comes in pieces is nothing until it ends");
    tap_ok(bring_text(&f, "\nd:1|c\n_e{1,1}:a|b\n123456") == READER_DONE && wrote("d\tc\t1\t1\t1.500\n"),
           "then the next line is the next");
    tap_ok(refused("1.500\tf:4\tbad line '12345': longer than --max-line\t12345\n"
                   "1.500\tf:6\tbad line '_e{1,': longer than --max-line\t_e{1,\n"),
           "and an event may be too long");
    bring(&f, NULL, 0);
    tap_ok(refused("1.500\tf:7\tbad line '12345': longer than --max-line\t12345\n"), "so may be the last");
    tap_ok(counts.lines == 7 && counts.bad == 4 && counts.records == 3 && !counts.other, "all are counted");
    end_file(&f);
    end();
}

static void test_strict_and_check_of_file(void)
{
    struct file f;
    begin((struct reader_options){ 0 }, true, 4096);
    begin_file(&f);
    tap_ok(bring_text(&f, "a:1|c\nb:1|c:x|c:2|c\nc:1|c\nd:1|c\n") == READER_STOPPED, "strict stops");
    tap_ok(wrote("a\tc\t1\t1\t1.500\nb\tc\t1\t1\t1.500\n") && counts.bad == 1 && counts.lines == 2, "where it is bad");
    tap_ok(bring_text(&f, "e:1|c\n") == READER_STOPPED && wrote("") && counts.lines == 2, "and does not go on");
    end_file(&f);
    end();
    begin((struct reader_options){ .check = true }, false, 4096);
    begin_file(&f);
    tap_ok(bring_text(&f, "a:1|c\nb:1|c:x|c|#k:v\n_sc|a|0\nc:1|c\nd:1|c") == READER_DONE && wrote(""),
           "check writes nothing");
    bring(&f, NULL, 0);
    tap_ok(wrote("") && counts.records == 4 && counts.bad == 1 && counts.lines == 5 && counts.other == 1, "but counts");
    end_file(&f);
    end();
}

/* Blocking output is flushed by the reader, however small its buffer. */
static void test_blocking(void)
{
    enum { LINES = 500 };
    static char text[LINES * 32], expected[LINES * 64], is[sizeof expected];
    char *to = text, *e = expected;
    struct reader_counts done = { 0 };
    struct reader_options options = { .wire = wire_defaults, .max_line = 1000 };
    struct reader r;
    struct out o;
    for (int i = 0; i < LINES; i++) {
        to += sprintf(to, i % 7 ? "plain:%d|c\n" : "odd:%d|c|#\n", i);
        e += sprintf(e, "%s\tc\t%d\t1\t1.500\n", i % 7 ? "plain" : "odd", i);
    }
    char path[] = "/tmp/test_reader.XXXXXX";
    int fd = mkstemp(path), wrong = 0;
    unlink(path);
    for (size_t room = 8; room <= 8192; room *= 2) {
        if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
            die_errno("empty the file");
        out_init(&o, dup(fd), "records", room, OUT_BLOCKING);
        reader_init(&r, &options, &o, &refusals, &done);
        reader_open(&r, (struct reader_text){ text, to, READER_TAIL_LINE }, 1500,
                    (struct reader_origin){ "f", 0, 0, 0 });
        wrong += reader_run(&r) != READER_DONE;
        reader_free(&r);
        out_close(&o);
        wrong += pread(fd, is, sizeof is, 0) != e - expected || memcmp(is, expected, (size_t)(e - expected)) != 0;
    }
    close(fd);
    tap_ok(!wrong && done.records == 11 * LINES && done.lines == 11 * LINES, "output that may block is never full");
}

enum { TEXT_MAX = 8192 };

static size_t make_text(char *text)
{
    static const char *const lines[] = { "a:1|c",
                                         "name:12.5|ms|@0.1",
                                         "a:1:2:x:3|c",
                                         "",
                                         "a:1|c|#k:v",
                                         "_e{1,1}:a|b",
                                         "bad",
                                         "m,k=v:w:1:x|g",
                                         "a:1:y|c:2:3|c:4|cb:5",
                                         "u:b|s:w|s",
                                         "a.name.that.is.longer.than.most:123456|g",
                                         ":::" };
    char *to = text;
    for (size_t count = chance(60); count; count--) {
        to = chance_text(to, lines[chance(4) ? chance(2) : chance(12)]);
        to = chance_text(to, chance(8) ? "\n" : "\r\n");
    }
    return (size_t)(to - text) - chance(to > text ? 4 : 1) * (to > text + 4);
}

/* Empties records into `to` while it is full. */
static char *run_with_little_room(enum reader_result result, char *to)
{
    for (;; result = reader_run(&reader)) {
        size_t length = out_pending(&records);
        memcpy(to, records.buffer + records.start, length);
        to += length;
        records.start = records.end = 0;
        if (result != READER_FULL)
            return to;
    }
}

/* Any split of a text, in any room, gives what the whole text gives. */
static void test_pieces(void)
{
    enum { ROUNDS = 3000 };
    static char whole[TEXT_MAX * 64], pieces[TEXT_MAX * 64];
    int wrong = 0, fulls = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct file f;
        char text[TEXT_MAX];
        size_t length = make_text(text), max_line = chance(2) ? 65536 : 5 + chance(40);
        begin((struct reader_options){ .max_line = max_line }, false, 1 << 20);
        open_text(text, length, READER_TAIL_LINE, (struct reader_origin){ .file = "f" });
        char *whole_end = run_with_little_room(reader_run(&reader), whole), *to = pieces;
        struct reader_counts expected = counts;
        uint64_t number = reader.number;
        end();
        begin((struct reader_options){ .max_line = max_line }, false, chance(2) ? 1 << 20 : 100 + chance(1000));
        begin_file(&f);
        for (size_t at = 0, size; at < length; at += size) {
            size = 1 + chance(length - at < 300 ? length - at : 300);
            enum reader_result result = bring(&f, text + at, size);
            fulls += result == READER_FULL;
            to = run_with_little_room(result, to);
        }
        to = run_with_little_room(bring(&f, NULL, 0), to);
        wrong += to - pieces != whole_end - whole || memcmp(whole, pieces, (size_t)(to - pieces)) != 0 ||
                 memcmp(&counts, &expected, sizeof counts) != 0 || f.lines.number != number;
        end_file(&f);
        end();
    }
    tap_ok(!wrong && fulls > 100, "%d texts in pieces, some of %d of them without room", ROUNDS, fulls);
}

/* --- gauges ----------------------------------------------------------------------------------- */

static bool is_settled(struct gauge_signs *signs, const char *name)
{
    for (int i = 0; i < GAUGE_SIGNS_MANY; i++)
        if (gauge_signs_delta(signs, (struct span){ name, strlen(name) }, true))
            return false;
    return true;
}

/* Lines of any kind, in one datagram, with a gauge `set` somewhere among them. */
static size_t lines_with_gauge(char *text)
{
    static const char *const others[] = { "not.set:1|c", "x:|gone|s",    "x:1.5|ms|@0.5",
                                          "not.set:g|s", "x:2:3|c",      "x:1|g|@0.1|#tag",
                                          "x:bad|g",     "not.set:-1|g", "",
                                          "x:1|c|#g" };
    static const char *const gauges[] = { "set:1|g", "set:12.25|g", "set:0|g|@0.5", "set:1e3|g", "set:1:2|g" };
    size_t before = chance(40), after = chance(40);
    char *to = text;
    for (size_t i = 0; i < before + 1 + after; i++) {
        const char *line = i == before ? gauges[chance(5)] : others[chance(10)];
        to = chance_text(chance_text(to, line), chance(5) ? "\n" : "\r\n");
    }
    return (size_t)(to - text) - (chance(2) ? 0 : 1);
}

static void test_gauges(void)
{
    unsigned unseen = 0, false_settled = 0;
    char text[4096];
    for (int i = 0; i < 500; i++) {
        struct gauge_signs *signs = gauge_signs_new();
        begin((struct reader_options){ .gauge_signs = signs }, false, 1 << 16);
        give(text, lines_with_gauge(text), false);
        unseen += !is_settled(signs, "set");
        false_settled += is_settled(signs, "not.set");
        end();
        free(signs);
    }
    tap_ok(unseen == 0 && false_settled == 0, "a gauge that is set is seen in any datagram: %u not, %u wrongly", unseen,
           false_settled);
}

/* Gives many lines without a delta. */
static void give_counters(void)
{
    char text[6 * 1000];
    for (size_t i = 0; i < sizeof text; i += 6)
        memcpy(text + i, "a:1|c\n", 6);
    for (size_t lines = 0; lines <= GAUGE_SIGNS_DOZE + 1000; lines += 1000) {
        give(text, sizeof text, false);
        records.start = records.end = 0;
    }
}

static void test_doze(void)
{
    struct gauge_signs *signs = gauge_signs_new();
    begin((struct reader_options){ .gauge_signs = signs }, false, 1 << 16);
    give("early:1|g", 9, false);
    give_counters();
    give("dozed:1|g", 9, false);
    give("other:-1|g", 10, false);
    give("late:1|g", 8, false);
    tap_ok(is_settled(signs, "early") && is_settled(signs, "late"), "values are seen until nobody sends deltas");
    tap_ok(!is_settled(signs, "dozed"), "and again after a delta");
    end();
    free(signs);
}

int main(void)
{
    die_init("test_reader");
    die_set_verbosity(-1);
    test_plain();
    test_truncated();
    test_room();
    test_room_for_plain();
    test_ends();
    test_skew();
    test_refusals_of_sender();
    test_open_tail();
    test_file();
    test_mark_of_file();
    test_long_lines_of_file();
    test_strict_and_check_of_file();
    test_blocking();
    test_pieces();
    test_gauges();
    test_doze();
    return tap_done();
}
