/* lines: however an input is cut into reads, the result is the lines that a plain splitter
 * finds. */
#include "filter/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

/* The output of a reader, one line each: `text`, or `text…` if it was too long, preceded by `~` if
 * it was torn. */
struct transcript {
    char text[4096];
    size_t length;
};

static void note(struct transcript *t, const char *line, size_t length, bool torn, bool long_one)
{
    if (torn)
        t->text[t->length++] = '~';
    memcpy(t->text + t->length, line, length);
    t->length += length;
    if (long_one)
        t->text[t->length++] = '>';
    t->text[t->length++] = '|';
    t->text[t->length] = '\0';
}

static bool drain(struct lines *in, struct transcript *t)
{
    struct line line;
    enum lines_status status;
    while ((status = lines_next(in, &line)) < LINES_MORE)
        note(t, line.text, line.length, line.torn, status == LINES_TOO_LONG);
    return status == LINES_END;
}

/* Feeds input in pieces of the given size and collects what the reader hands out. */
static struct transcript read_in_pieces(const char *input, size_t length, size_t max_line, size_t piece)
{
    struct transcript t = { .length = 0 };
    struct lines in;
    int ends[2];
    if (pipe(ends) < 0)
        exit(2);
    lines_init(&in, ends[0], max_line);
    for (size_t at = 0; at < length; at += piece) {
        size_t size = length - at < piece ? length - at : piece;
        if (write(ends[1], input + at, size) != (ssize_t)size)
            exit(2);
        lines_fill(&in);
        drain(&in, &t);
    }
    close(ends[1]);
    lines_fill(&in);
    if (!drain(&in, &t))
        note(&t, "NO END", 6, false, false);
    lines_free(&in);
    close(ends[0]);
    return t;
}

static struct transcript split_plainly(const char *input, size_t length, size_t max_line)
{
    struct transcript t = { .length = 0 };
    size_t mark = length >= 3 && !memcmp(input, "\357\273\277", 3) ? 3 : 0;
    for (size_t at = mark; at < length;) {
        const char *newline = memchr(input + at, '\n', length - at);
        size_t end = newline ? (size_t)(newline - input) : length;
        size_t size = end - at;
        if (size && input[end - 1] == '\r')
            size--;
        bool long_one = size > max_line;
        note(&t, input + at, long_one ? max_line : size, !newline, long_one);
        at = newline ? end + 1 : length;
    }
    return t;
}

static void test_examples(void)
{
    static const struct {
        const char *name, *input, *expected;
        size_t max_line;
    } cases[] = {
        { "nothing", "", "", 8 },
        { "one line", "abc\n", "abc|", 8 },
        { "a torn line", "abc\ndef", "abc|~def|", 8 },
        { "empty lines", "\n\na\n", "||a|", 8 },
        { "CRLF", "abc\r\n\r\n", "abc||", 8 },
        { "only one CR belongs to the end", "abc\r\r\n", "abc\r|", 8 },
        { "a CR at the very end", "abc\r", "~abc|", 8 },
        { "as long as may be", "12345678\nx\n", "12345678|x|", 8 },
        { "as long as may be, with CR", "12345678\r\nx\n", "12345678|x|", 8 },
        { "as long as may be, torn", "12345678", "~12345678|", 8 },
        { "one too long", "123456789\nx\n", "12345678>|x|", 8 },
        { "one too long, with CR", "123456789\r\nx\n", "12345678>|x|", 8 },
        { "one too long, torn", "123456789", "~12345678>|", 8 },
        { "two CR where one fits", "12345678\r\r\nx\n", "12345678>|x|", 8 },
        { "a byte order mark", "\357\273\277abc\n", "abc|", 8 },
        { "nothing but a byte order mark", "\357\273\277", "", 8 },
        { "a byte order mark and an empty line", "\357\273\277\n", "|", 8 },
        { "a byte order mark and a torn line", "\357\273\277a", "~a|", 8 },
        { "two byte order marks", "\357\273\277\357\273\277a\n", "\357\273\277a|", 8 },
        { "a byte order mark before the longest line", "\357\273\27712345678\nx\n", "12345678|x|", 8 },
        { "a byte order mark before a short limit", "\357\273\2771\n12\n", "1|1>|", 1 },
        { "a byte order mark later", "a\n\357\273\277b\n", "a|\357\273\277b|", 8 },
        { "part of a byte order mark", "\357\273\n\277\n", "\357\273|\277|", 8 },
        { "the start of a byte order mark", "\357\273", "~\357\273|", 8 },
        { "no byte order mark", "\357\273\276a\n", "\357\273\276a|", 8 },
        { "far too long", "123456789012345678901234567890\nx\n", "12345678>|x|", 8 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t piece = 1; piece < 12; piece += piece < 3 ? 1 : 4) {
            struct transcript t = read_in_pieces(cases[i].input, strlen(cases[i].input), cases[i].max_line, piece);
            if (!tap_ok(strcmp(t.text, cases[i].expected) == 0, "%s, read by %zu", cases[i].name, piece))
                tap_note("is %s", t.text);
        }
}

static void test_random(void)
{
    static const char alphabet[] = { 'a', 'b', '\n', '\n', '\r', '\0', 'c', 'd' };
    int different = 0;
    srand(7);
    for (int round = 0; round < 3000; round++) {
        char input[200];
        size_t length = (size_t)rand() % sizeof input, max_line = 1 + (size_t)rand() % 12;
        for (size_t i = 0; i < length; i++)
            input[i] = alphabet[(size_t)rand() % (round % 2 ? sizeof alphabet : 3)];
        if (rand() % 3 == 0)
            memcpy(input, "\357\273\277", length < 3 ? length : 3);
        struct transcript is = read_in_pieces(input, length, max_line, 1 + (size_t)rand() % 40);
        struct transcript expected = split_plainly(input, length, max_line);
        different += is.length != expected.length || memcmp(is.text, expected.text, is.length) != 0;
    }
    tap_ok(different == 0, "3000 random inputs, cut at random, give the plain splitter's lines (%d do not)", different);
}

static void write_pattern(int fd, size_t lines, size_t length)
{
    char *line = malloc(length + 1);
    memset(line, 'x', length);
    line[length] = '\n';
    for (size_t i = 0; i < lines; i++)
        if (write(fd, line, length + 1) != (ssize_t)(length + 1))
            exit(2);
    free(line);
}

/* More than the buffer holds, so that a partial line moves to its front. Line numbers continue. */
static void test_large(void)
{
    char path[] = "/tmp/test_lines.XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    write_pattern(fd, 40000, 37);
    write_pattern(fd, 3, 1 << 20);
    write_pattern(fd, 10, 65536);
    lseek(fd, 0, SEEK_SET);
    struct lines in;
    struct line line;
    enum lines_status status;
    unsigned one = 0, too_long = 0, wrong = 0;
    lines_init(&in, fd, LINES_MAX_DEFAULT);
    for (;;) {
        while ((status = lines_next(&in, &line)) < LINES_MORE) {
            one += status == LINES_ONE;
            too_long += status == LINES_TOO_LONG;
            wrong += line.length != 37 && line.length != 65536;
        }
        if (status == LINES_END)
            break;
        lines_fill(&in);
    }
    tap_ok(one == 40010 && too_long == 3 && wrong == 0, "lines beyond the buffer: %u whole, %u too long", one,
           too_long);
    tap_ok(in.number == 40013, "every line has its number, the dropped ones too");
    tap_ok(lines_next(&in, &line) == LINES_END, "the end stays the end");
    lines_free(&in);
    close(fd);
}

/* Nothing is lost when a caller keeps reading without taking lines: a full buffer is not the
 * end. */
static void test_fill_when_full(void)
{
    struct lines in;
    struct line line;
    int fd = open("/dev/zero", O_RDONLY);
    lines_init(&in, fd, 100);
    for (int i = 0; i < 100; i++)
        lines_fill(&in);
    tap_ok(!in.ended, "filling a full buffer does not count as the end");
    tap_ok(lines_next(&in, &line) == LINES_MORE, "and there is more to come");
    lines_free(&in);
    close(fd);
}

static void test_descriptors(void)
{
    struct lines in;
    struct line line;
    int ends[2];
    lines_init(&in, -1, 10);
    tap_ok(lines_fill(&in) == EBADF, "a failed read returns its errno");
    tap_ok(lines_next(&in, &line) == LINES_END, "and ends the input");
    lines_free(&in);
    if (pipe(ends) < 0)
        exit(2);
    lines_init(&in, ends[0], 10);
    if (write(ends[1], "a", 1) != 1)
        exit(2);
    lines_fill(&in);
    tap_ok(lines_next(&in, &line) == LINES_MORE, "half a line is not handed out");
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    lines_free(&in);
    close(ends[0]);
}

int main(void)
{
    test_examples();
    test_random();
    test_large();
    test_fill_when_full();
    test_descriptors();
    return tap_done();
}
