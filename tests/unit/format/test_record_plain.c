/* record_plain, the fast way, against record_parse: good records, randomly damaged. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/record_plain.h"
#include "chance.h"
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

static char any_byte(void)
{
    static const char bytes[] = "\t\t\t01.5eE+-;a cgdmsh\\\n\0\r9\x89\x8a\xff";
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

/* Changes, adds or removes one byte, or makes the rest of the line the same byte. */
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

/* What the fast way accepts must be what the careful way makes of it, whatever comes before and
 * after the line: here, other bytes, or the lines before and after it in a file. */
static bool agrees(struct record_memo *memo, const char *text, size_t length, int *accepted)
{
    struct record quick = { .rate = 0 }, careful = { .rate = 0 };
    struct span culprit;
    char *memory = malloc(RECORD_BEFORE + length + RECORD_SLACK); /* of exactly that size, for sanitizers */
    char *line = memory + RECORD_BEFORE;
    memcpy(line, text, length);
    line[length] = '\n';
    for (size_t i = 1; i < RECORD_SLACK; i++)
        line[length + i] = any_byte();
    for (size_t i = 0; i < RECORD_BEFORE; i++)
        memory[i] = any_byte();
    if (chance(4)) { /* as if the line continued */
        const char *other = good[chance(sizeof good / sizeof *good)];
        size_t take = chance(RECORD_BEFORE < strlen(other) ? RECORD_BEFORE : strlen(other));
        memcpy(line - take, other + strlen(other) - take, take);
    }
    bool is_quick = record_plain(memo, line, length, &quick);
    bool good_so =
        !is_quick || (record_parse(line, length, &careful, &culprit) == RECORD_OK && is_same(&quick, &careful));
    *accepted += is_quick;
    free(memory);
    return good_so;
}

static void test_damaged(uint64_t seed)
{
    struct record_memo memo = RECORD_MEMO_NONE;
    int different = 0, accepted = 0;
    chance_state = seed;
    for (int i = 0; i < LINES; i++) {
        char line[LONGEST + 1];
        const char *text = good[chance(sizeof good / sizeof *good)];
        size_t length = strlen(text);
        memcpy(line, text, length);
        for (size_t n = chance(4); n; n--)
            damage(line, &length);
        if (chance(16) == 0)
            memo = (struct record_memo)RECORD_MEMO_NONE;
        different += !agrees(&memo, line, length, &accepted);
    }
    tap_ok(different == 0 && accepted > LINES / 10, "seed %llu: %d of %d lines are read differently, %d quickly",
           (unsigned long long)seed, different, LINES, accepted);
}

static void test_fresh_memo(void)
{
    struct record_memo memo = RECORD_MEMO_NONE;
    char line[8 + 14] = "a\tc\t1\t1\t"; /* followed by NULs */
    int accepted = 0;
    tap_ok(agrees(&memo, line, sizeof line, &accepted) && !accepted, "NULs are not a time, even for an empty memo");
}

/* The fast way accepts what the programs write. */
static void test_usual(void)
{
    static const char *const usual[] = {
        "prod.web.host208.db.query.1\tms\t485\t1\t1700000000.000",
        "prod.web.host208.requests\tc\t1\t0.1\t1700000000.001",
        "a.name.that.is.longer.than.thirty-two.bytes\tms\t12.125\t1\t1700000000.001",
        "a\tg\t-5.25\t1\t1700000000",
        "a\ts\tuser12345\t1\t1700000000.001",
        "a\tgd\t123456789.5\t1\t1700000000.001",
    };
    struct record_memo memo = RECORD_MEMO_NONE;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        int accepted = 0;
        tap_ok(agrees(&memo, usual[i], strlen(usual[i]), &accepted) && accepted, "quick: %s", usual[i]);
    }
}

int main(void)
{
    test_fresh_memo();
    test_usual();
    for (uint64_t seed = 1; seed <= 3; seed++)
        test_damaged(seed * UINT64_C(0x9E3779B97F4A7C15));
    return tap_done();
}
