/* record_parse_next, the quick way over a stream, against record_parse: good records, broken by chance. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "tap.h"

enum { LONGEST = 120, LINES = 400000 };

static const char *const good[] = {
    "a\tc\t1\t1\t1700000000.123",
    "api;k=v\tms\t320.5\t0.1\t1700000000.123",
    "x\tgd\t-3\t1\t1700000000.123",
    "x\tg\t1e5\t1\t1700000000.123\t127.0.0.1:99",
    "s\ts\tmem\\tb\t0.25\t1700000001.000",
    "h\th\t-1\t1\t1700000000",
    "d\td\t12345678901234567\t1e-3\t-1700000000.1",
    "a\tc\tcount\t5\t1700000000.000",
    "a\tc\t1\t1\t1\t1700000000.123",
    "a\ts\tx\t1\t1\t1700000000.123",
};

static uint64_t chance_state;

static size_t chance(size_t below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (size_t)(chance_state >> 16) % below;
}

static char any_byte(void)
{
    static const char bytes[] = "\t\t\t01.5eE+-;a cgdmsh\\\n\0\r9";
    return bytes[chance(sizeof bytes - 1)];
}

static void insert(char *line, size_t *length, size_t at, char byte)
{
    if (*length == LONGEST)
        return;
    memmove(line + at + 1, line + at, *length - at);
    line[at] = byte;
    ++*length;
}

/* One byte changed, added or gone, or the rest all of one kind. */
static void damage(char *line, size_t *length)
{
    size_t at = chance(*length + 1);
    switch (chance(7)) {
    case 0:
    case 1: line[at] = any_byte(); break;
    case 2:
    case 3: insert(line, length, at, any_byte()); break;
    case 4: insert(line, length, at, '\t'); break;
    case 5:
        if (at < *length)
            memmove(line + at, line + at + 1, --*length - at);
        break;
    default: memset(line + at, chance(2) ? '0' : '\0', *length - at);
    }
}

static bool is_same(const struct record *a, const struct record *b)
{
    return a->series.text == b->series.text && a->series.length == b->series.length && a->type == b->type &&
           a->value.text == b->value.text && a->value.length == b->value.length && a->number == b->number &&
           !signbit(a->number) == !signbit(b->number) && a->rate == b->rate && a->time == b->time;
}

static bool agrees(struct record_memo *memo, const char *text, size_t length)
{
    struct record quick = { .rate = 0 }, plain = { .rate = 0 };
    struct span quick_culprit, plain_culprit;
    char *line = malloc(length + 1); /* of just that size, for sanitizers */
    memcpy(line, text, length);
    enum record_error quick_error = record_parse_next(memo, line, length, &quick, &quick_culprit);
    enum record_error plain_error = record_parse(line, length, &plain, &plain_culprit);
    bool good_so = quick_error == plain_error;
    if (good_so && quick_error == RECORD_OK)
        good_so = is_same(&quick, &plain);
    else if (good_so)
        good_so = quick_culprit.text == plain_culprit.text && quick_culprit.length == plain_culprit.length;
    free(line);
    return good_so;
}

static void test_damaged(uint64_t seed)
{
    struct record_memo memo = { .rate_length = 0 };
    int different = 0;
    chance_state = seed;
    for (int i = 0; i < LINES; i++) {
        char line[LONGEST + 1];
        const char *text = good[chance(sizeof good / sizeof *good)];
        size_t length = strlen(text);
        memcpy(line, text, length);
        for (size_t n = chance(4); n; n--)
            damage(line, &length);
        if (chance(16) == 0)
            memo = (struct record_memo){ .rate_length = 0 };
        different += !agrees(&memo, line, length);
    }
    tap_ok(different == 0, "seed %llu: %d of %d lines are read differently", (unsigned long long)seed, different,
           LINES);
}

static void test_fresh_memo(void)
{
    struct record_memo memo = { .rate_length = 0 };
    char line[8 + 14] = "a\tc\t1\t1\t"; /* and NULs */
    tap_ok(agrees(&memo, line, sizeof line), "a time of NULs is none, even for a memo of zeros");
}

int main(void)
{
    test_fresh_memo();
    for (uint64_t seed = 1; seed <= 3; seed++)
        test_damaged(seed * UINT64_C(0x9E3779B97F4A7C15));
    return tap_done();
}
