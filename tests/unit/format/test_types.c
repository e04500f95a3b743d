/* types and statistics: a row means the same everywhere. record_parse and record_plain read each
 * type as itself, aggregate_parse each statistic. */
#include "format/types.h"

#include <stdlib.h>
#include <string.h>

#include "format/aggregate.h"
#include "format/record.h"
#include "format/record_plain.h"
#include "tap.h"

enum { LONGEST = 200 };

static void test_letters(void)
{
    int wrong = 0;
#define CHECK(place, name, letters, first, second, ...)                                                                \
    wrong += letters[0] != (first) || (letters[1] ? letters[1] : '\t') != (second) ||                                  \
             record_type_find(SPAN(letters)) != RECORD_##name || strcmp(record_type_letters(RECORD_##name), letters);
    RECORD_TYPE_ROWS(CHECK)
#undef CHECK
    tap_ok(wrong == 0, "a record type's letters and bytes are the same, and found");
    for (int type = 0; type < AGGREGATE_TYPES; type++) {
        const char *letters = aggregate_type_letters((enum aggregate_type)type);
        wrong += aggregate_type_find((struct span){ letters, strlen(letters) }) != type;
    }
    tap_ok(wrong == 0, "an aggregate type's letters are found");
}

/* Of all words of up to three bytes only the letters are types. */
static void test_no_other_letters(void)
{
    int found = 0;
    char text[3];
    for (int first = 0; first < 256; first++) {
        text[0] = (char)first;
        found += record_type_find((struct span){ text, 1 }) >= 0;
        for (int second = 0; second < 256; second++) {
            text[1] = (char)second;
            text[2] = '\t';
            found += record_type_find((struct span){ text, 2 }) >= 0;
            found += record_type_find((struct span){ text, 3 }) >= 0;
        }
    }
    found += record_type_find((struct span){ text, 0 }) >= 0;
    tap_ok(found == RECORD_TYPES, "no other letters are a type (%d are)", found);
}

/* Clients send the types of records but for those that are made, and the aliases. */
static void test_sent(void)
{
    int wrong = 0;
    for (int type = 0; type < RECORD_TYPES; type++) {
        const char *letters = record_type_letters((enum record_type)type);
        int sent = sent_type_find((struct span){ letters, strlen(letters) });
        wrong += sent != (record_traits[type].is_sent ? type : -1);
    }
#define CHECK(place, letters, name)                                                                                    \
    wrong += sent_type_find(SPAN(letters)) != RECORD_##name || record_type_find(SPAN(letters)) >= 0;
    SENT_ALIAS_ROWS(CHECK)
#undef CHECK
    wrong += sent_type_find(SPAN("")) >= 0 || sent_type_find(SPAN("mm")) >= 0 || sent_type_find(SPAN("M")) >= 0;
    tap_ok(wrong == 0, "the types that clients send are found, and no others");
}

static enum record_error parse(enum record_type type, const char *value, struct record *r)
{
    char line[LONGEST];
    struct span culprit;
    int length = snprintf(line, sizeof line, "a\t%s\t%s\t1\t1700000000.123", record_type_letters(type), value);
    return record_parse(line, (size_t)length, r, &culprit);
}

static bool parses_plain(enum record_type type, const char *value, struct record *r)
{
    char memory[RECORD_BEFORE + LONGEST + RECORD_SLACK] = "";
    struct record_memo memo = RECORD_MEMO_NONE;
    int length =
        snprintf(memory + RECORD_BEFORE, LONGEST, "a\t%s\t%s\t1\t1700000000.123", record_type_letters(type), value);
    memory[RECORD_BEFORE + length] = '\n';
    return record_plain(&memo, memory + RECORD_BEFORE, (size_t)length, r);
}

/* record_parse and record_plain read the type, and accept the same values of it. */
static void test_record_type(enum record_type type)
{
    static const char *const values[] = { "7", "-7", "+0.5", "seven", "" };
    static const bool good[][5] = { [RECORD_VALUE_NUMBER] = { true, true, true, false, false },
                                    [RECORD_VALUE_NOT_NEGATIVE] = { true, false, true, false, false },
                                    [RECORD_VALUE_MEMBER] = { true, true, true, true, false } };
    const struct record_traits *traits = &record_traits[type];
    int wrong = 0;
    for (size_t i = 0; i < 5; i++) {
        struct record careful, plain;
        bool is_good = good[traits->value][i];
        wrong += (parse(type, values[i], &careful) == RECORD_OK) != is_good || (is_good && careful.type != type);
        wrong += parses_plain(type, values[i], &plain) != is_good || (is_good && plain.type != type);
    }
    tap_ok(wrong == 0, "%s is itself to both ways of reading, with the same values", record_type_letters(type));
    tap_ok(record_type_has_members(type) == (traits->value == RECORD_VALUE_MEMBER), "and it has members, or has not");
    tap_ok(record_traits[traits->with_sign].family == traits->family, "a signed value is of the same family");
    struct aggregate a;
    struct span culprit;
    char line[LONGEST];
    int length = snprintf(line, sizeof line, "a\t%s\t7\t1\t1700000000", record_type_letters(type));
    tap_ok(aggregate_parse(line, (size_t)length, &a, &culprit) == AGGREGATE_RECORD, "and a record to aggregate_parse");
}

/* Both texts are lists of all letters, which differ in what stands between two of them. */
static void test_lists(void)
{
    tap_ok(strcmp(RECORD_TYPE_WORDS, "c, ms, h, d, g, gd or s") == 0, "record types: %s", RECORD_TYPE_WORDS);
    tap_ok(strcmp(SENT_TYPE_WORDS, "c, ms, h, d, g, s or m") == 0, "types of lines: %s", SENT_TYPE_WORDS);
    tap_ok(strcmp(AGGREGATE_TYPE_WORDS, "c, ms, g, s or own") == 0, "aggregate types: %s", AGGREGATE_TYPE_WORDS);
    tap_ok(strcmp(AGGREGATE_TYPE_LETTERS, " c ms g s own") == 0, "the same for completions: %s",
           AGGREGATE_TYPE_LETTERS);
    tap_ok(strcmp(FAMILY_ITEMS, "c,ms,g,s") == 0, "and those of records: %s", FAMILY_ITEMS);
}

/* A statistic's name, or an example of its names. */
static struct span example(const struct statistic *s, const char *percentile)
{
    static char text[LONGEST];
    const char *rest = s->kind == STATISTIC_PLAIN ? "" : s->kind == STATISTIC_BIN ? ".bin_1" : percentile;
    int length = snprintf(text, sizeof text, "%.*s%s", (int)s->name.length, s->name.text, rest);
    return (struct span){ text, (size_t)length };
}

static void test_statistics(enum aggregate_type type)
{
    const struct statistics *all = &aggregate_statistics[type];
    int wrong = 0;
    for (size_t i = 0; i < all->count; i++) {
        char line[LONGEST + 40];
        struct aggregate a;
        struct span culprit, name = example(&all->rows[i], "_99_9");
        int length = snprintf(line, sizeof line, "a\t%s\t%.*s\t1\t1700000000", aggregate_type_letters(type),
                              (int)name.length, name.text);
        wrong += aggregate_parse(line, (size_t)length, &a, &culprit) != AGGREGATE_OK || a.type != type;
        wrong += !aggregate_type_has(type, example(&all->rows[i], "_top10"));
        wrong += !aggregate_type_has(AGGREGATE_OWN, name);
        for (size_t j = 0; j < i; j++)
            wrong += span_equal(all->rows[i].name, all->rows[j].name) && all->rows[i].kind == all->rows[j].kind;
    }
    tap_ok(wrong == 0, "each of the %d statistics of %s is accepted, and once", (int)all->count,
           aggregate_type_letters(type));
    tap_ok((all->count > 0) == (type != AGGREGATE_OWN), "it has some, or is own");
}

static void test_no_other_statistics(void)
{
    static const char *const names[] = { "",       "coun",      "counts",     "count_",      "count_x",     "count_top",
                                         "std_90", "median_90", "histogram.", "histogram_1", "count_ps_90", "value" };
    int accepted = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        accepted += aggregate_type_has(AGGREGATE_TIMER, (struct span){ names[i], strlen(names[i]) });
    tap_ok(accepted == 0, "no other statistic is a timer's (%d are)", accepted);
    tap_ok(aggregate_type_has(AGGREGATE_TIMER, SPAN("histogram")), "cumulative bins have the name alone");
}

int main(void)
{
    test_letters();
    test_no_other_letters();
    test_sent();
    for (int type = 0; type < RECORD_TYPES; type++)
        test_record_type((enum record_type)type);
    test_lists();
    for (int type = 0; type < AGGREGATE_TYPES; type++)
        test_statistics((enum aggregate_type)type);
    test_no_other_statistics();
    return tap_done();
}
