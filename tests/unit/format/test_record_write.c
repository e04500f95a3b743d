/* record_write: plain columns of every length are copied whole, others are escaped, and no more is
 * written than promised. */
#include "format/record.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

enum { LONGEST = 300 };

/* Writes the sample into memory of exactly record_size bytes, so that a sanitizer detects a write
 * beyond it. */
static bool is_written(const struct sample *s, const char *source, const char *expected)
{
    struct record_stamp stamp = { .length = 0 };
    struct span from = { source, strlen(source) };
    char *text = malloc(record_size(s, from.length));
    size_t length = (size_t)(record_write_stamped(text, s, from, &stamp) - text);
    bool same = length == strlen(expected) && memcmp(text, expected, length) == 0;
    if (!same)
        tap_note("%.*s, expected %s", (int)length, text, expected);
    free(text);
    return same;
}

static void test_lengths(void)
{
    char name[LONGEST], value[LONGEST], expected[3 * LONGEST];
    int wrong = 0;
    for (size_t i = 0; i < LONGEST; i++) {
        name[i] = (char)('a' + i % 26);
        value[i] = (char)('0' + i % 10);
    }
    for (size_t length = 1; length < LONGEST; length++)
        for (int plain = 0; plain < 2; plain++) {
            size_t digits = 1 + length / 3;
            struct sample s = { { name, length }, RECORD_TIMER, { value, digits }, SPAN("0.25"), 1500, false, plain };
            snprintf(expected, sizeof expected, "%.*s\tms\t%.*s\t0.25\t1.500\n", (int)length, name, (int)digits, value);
            wrong += !is_written(&s, "", expected);
        }
    tap_ok(wrong == 0, "columns of 1 to %d bytes", LONGEST - 1);
}

static void test_types(void)
{
    char expected[64];
    for (int type = 0; type < RECORD_TYPES; type++) {
        struct sample s = { SPAN("a"), (enum record_type)type, SPAN("1"), SPAN("1"), 0, false, true };
        snprintf(expected, sizeof expected, "a\t%s\t1\t1\t0.000\tsource\n",
                 record_type_letters((enum record_type)type));
        tap_ok(is_written(&s, "source", expected), "type %s", record_type_letters((enum record_type)type));
    }
}

static void test_stamp(void)
{
    struct record_stamp stamp = { .length = 0 };
    struct sample s = { SPAN("a"), RECORD_COUNTER, SPAN("1"), SPAN("1"), 0, false, true };
    static const int64_t times[] = { 0, 0, 1, 1700000000123, 1700000000123, -1, 0 };
    char text[200], *end = text;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        s.time = times[i];
        end = record_write_stamped(text, &s, SPAN(""), &stamp);
        struct record r;
        struct span culprit;
        tap_ok(record_parse(text, (size_t)(end - text) - 1, &r, &culprit) == RECORD_OK && r.time == times[i],
               "time %lld", (long long)times[i]);
    }
}

int main(void)
{
    struct sample s = { SPAN("a\tb\\"), RECORD_SET, SPAN("\n\r"), SPAN("1"), 0, false, false };
    tap_ok(is_written(&s, "x\ty", "a\\tb\\\\\ts\t\\n\\r\t1\t0.000\tx\\ty\n"), "what is not plain is escaped");
    test_lengths();
    test_types();
    test_stamp();
    return tap_done();
}
