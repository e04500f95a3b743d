/* The straight path against the grammar: what wire_take_plain takes, wire_next takes too and as the same, whatever bytes
 * stand around it; and what is plain and not at the buffer's end, it does take. */
#include "wire.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static uint64_t state = 1;

static unsigned below(unsigned limit)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return (unsigned)((state >> 33) % limit);
}

static char *put(char *to, const char *text)
{
    size_t length = strlen(text);
    memcpy(to, text, length);
    return to + length;
}

/* A name, a number, a rate or a member of up to most bytes, of the bytes given. */
static char *put_some(char *to, const char *bytes, unsigned most)
{
    size_t count = strlen(bytes);
    for (unsigned length = below(most + 1); length; length--)
        *to++ = bytes[below((unsigned)count)];
    return to;
}

static char *make_line(char *to)
{
    static const char *const types[] = { "|c", "|ms", "|g", "|h", "|d", "|s", "|s", "|m", "|", "|cc", "" };
    static const char *const tails[] = {
        "", "", "", "|@0.1", "|@", "|@.5", "|@2", "|#a:b", "|T1", ":1|c", "|@1e-1", "|"
    };
    static const char *const ends[] = { "\n", "\n", "\n", "\n", "\r\n", "\n\n", "" };
    to = put_some(to, below(8) ? "azAZ09_-.=" : "a.:|/ ;,#[_\t\r{", below(4) ? 40 : 3);
    if (below(16))
        to = put(to, ":");
    to = below(2) ? put_some(to, "0123456789", 6)
                  : put_some(to, below(2) ? "0123456789." : "09.+-eux:_|", below(4) ? 8 : 24);
    to = put(to, types[below(11)]);
    to = put(to, tails[below(12)]);
    return put(to, ends[below(7)]);
}

static bool same(struct span a, struct span b)
{
    return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* Whether the grammar makes exactly this sample of the line. */
static bool agrees(struct wire *w, const char *line, const char *next, const struct sample *taken)
{
    struct sample sample;
    if (next[-1] != '\n' || memchr(line, '\n', (size_t)(next - line)) != next - 1)
        return false;
    wire_open(w, line, (size_t)(next - 1 - line));
    return wire_next(w, &sample) == WIRE_SAMPLE && same(sample.series, taken->series) && sample.type == taken->type &&
           same(sample.value, taken->value) && same(sample.rate, taken->rate) && sample.has_time == taken->has_time &&
           sample.plain == taken->plain && wire_next(w, &sample) == WIRE_END;
}

static void test_agreement(void)
{
    struct wire w;
    struct sample taken;
    int lines = 0, plain = 0, wrong = 0;
    wire_init(&w, &wire_defaults);
    for (int round = 0; round < 20000; round++) {
        char text[4096], *to = text;
        for (unsigned count = 1 + below(12); count; count--)
            to = make_line(to);
        size_t length = (size_t)(to - text);
        char *buffer = malloc(length + 1); /* as long as it is, so that a sanitizer sees what reads beyond it */
        memcpy(buffer, text, length);
        for (const char *p = buffer, *end = buffer + length; p < end; lines++) {
            const char *next = wire_take_plain(&w, p, end, &taken);
            plain += next != NULL;
            wrong += next && !agrees(&w, p, next, &taken);
            const char *newline = memchr(p, '\n', (size_t)(end - p));
            p = newline ? newline + 1 : end;
        }
        free(buffer);
    }
    wire_free(&w);
    tap_ok(wrong == 0, "%d lines, %d of them plain, %d read otherwise than by the grammar", lines, plain, wrong);
    tap_ok(plain > lines / 20, "enough of them are plain");
}

static void test_taken(void)
{
    static const char *const lines[] = {
        "a:1|c\n",      "a.b-c_d=e:12.5|ms\n",    "x:0|g\n",       "x:1|h\n",
        "x:1.|d\n",     "users:bob-17|s\n",       "users:17|s\n",  "a:1|c|@0.1\n",
        "a:.5|ms|@1\n", "a:1234567890123456|c\n", "u:a.b_c=d|s\n", "abcdefghijklmnopqrstuvwxyz.abcdefghi:1|c\n",
    };
    static const char rest[] = "and.forty.more.bytes.of.another.line:1|c\n";
    struct wire w;
    struct sample taken;
    wire_init(&w, &wire_defaults);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[128];
        size_t length = strlen(lines[i]);
        put(put(text, lines[i]), rest);
        const char *next = wire_take_plain(&w, text, text + length + sizeof rest - 1, &taken);
        tap_ok(next == text + length && agrees(&w, text, next, &taken), "plain: %.*s", (int)length - 1, lines[i]);
    }
    char text[128];
    const char *end = put(put(text, "abcd:1|c\n"), rest);
    w.options.max_name = 3;
    tap_ok(!wire_take_plain(&w, text, end, &taken), "a name that is too long is left to the grammar");
    wire_free(&w);
}

int main(void)
{
    test_agreement();
    test_taken();
    return tap_done();
}
