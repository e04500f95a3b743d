/* The straight path against the grammar alone: what wire_plain takes, the grammar takes too and as the same; and what is plain
 * it does take. */
#define wire_plain straight_path
#include "wire/plain.c"
#undef wire_plain

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "grammar.h"
#include "tap.h"

static char *make_line(char *to)
{
    static const char *const type_texts[] = { "|c", "|ms", "|g", "|h", "|d", "|s", "|s", "|m", "|", "|cc", "" };
    static const char *const tails[] = {
        "", "", "", "|@0.1", "|@", "|@.5", "|@2", "|#a:b", "|T1", ":1|c", "|@1e-1", "|"
    };
    to = chance_put(to, chance(8) ? "azAZ09_-.=" : "a.:|/ ;,#[_\t\r{", chance(4) ? 40 : 3);
    if (chance(16))
        to = chance_text(to, ":");
    to = chance(2) ? chance_put(to, "0123456789", 6)
                   : chance_put(to, chance(2) ? "0123456789." : "09.+-eux:_|", chance(4) ? 8 : 24);
    to = chance_text(to, type_texts[chance(11)]);
    return chance_text(to, tails[chance(12)]);
}

static bool same(struct span a, struct span b)
{
    return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* Whether the grammar makes exactly this sample of the line. */
static bool agrees(struct wire *w, const char *line, size_t length, const struct sample *taken)
{
    struct sample sample;
    wire_open(w, line, length);
    return wire_next(w, &sample) == WIRE_SAMPLE && same(sample.series, taken->series) && sample.type == taken->type &&
           same(sample.value, taken->value) && same(sample.rate, taken->rate) && sample.has_time == taken->has_time &&
           sample.plain == taken->plain && wire_next(w, &sample) == WIRE_END;
}

static void test_agreement(void)
{
    struct wire w;
    struct sample taken;
    int lines = 200000, plain = 0, wrong = 0;
    wire_init(&w, &wire_defaults);
    for (int round = 0; round < lines; round++) {
        char text[256];
        size_t length = (size_t)(make_line(text) - text);
        char *line = malloc(length + 1); /* as long as it is, so that a sanitizer sees what reads beyond it */
        memcpy(line, text, length);
        wire_open(&w, line, length);
        bool is_plain = length && straight_path(&w, &taken);
        plain += is_plain;
        wrong += is_plain && !agrees(&w, line, length, &taken);
        free(line);
    }
    wire_free(&w);
    tap_ok(wrong == 0, "%d lines, %d of them plain, %d read otherwise than by the grammar", lines, plain, wrong);
    tap_ok(plain > lines / 20, "enough of them are plain");
}

static void test_taken(void)
{
    static const char *const lines[] = {
        "a:1|c",      "a.b-c_d=e:12.5|ms",    "x:0|g",       "x:1|h",
        "x:1.|d",     "users:bob-17|s",       "users:17|s",  "a:1|c|@0.1",
        "a:.5|ms|@1", "a:1234567890123456|c", "u:a.b_c=d|s", "abcdefghijklmnopqrstuvwxyz.abcdefghi:1|c",
    };
    struct wire w;
    struct sample taken;
    wire_init(&w, &wire_defaults);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        wire_open(&w, lines[i], strlen(lines[i]));
        tap_ok(straight_path(&w, &taken) && agrees(&w, lines[i], strlen(lines[i]), &taken), "plain: %s", lines[i]);
    }
    w.options.max_name = 3;
    wire_open(&w, "abcd:1|c", 8);
    tap_ok(!straight_path(&w, &taken), "a name that is too long is left to the grammar");
    wire_free(&w);
}

int main(void)
{
    test_agreement();
    test_taken();
    return tap_done();
}
