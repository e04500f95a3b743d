/* statsd-agg's families: each has a record type of its own, an aggregate type, and an idle time. */
#include "samples/family.h"

#include <string.h>

#include "series/idle.h"
#include "tap.h"

static void test_types(void)
{
    int wrong = 0;
    for (int i = 0; i < FAMILIES; i++) {
        enum family family = (enum family)i;
        enum record_type type = family_record(family);
        wrong += family_of(type) != family;
        wrong += strcmp(record_type_letters(type), aggregate_type_letters(family_aggregate(family))) != 0;
    }
    tap_ok(wrong == 0, "a family's record type has the letters of its aggregates");
    for (int type = 0; type < RECORD_TYPES; type++)
        wrong += family_of((enum record_type)type) >= FAMILIES;
    tap_ok(wrong == 0, "every record type has a family");
}

static void test_idle(void)
{
    enum { NOT_SET = -2 };
    int64_t idle[FAMILIES];
    struct span culprit;
    for (int i = 0; i < FAMILIES; i++)
        idle[i] = NOT_SET;
    bool is_good = idle_parse(IDLE_DEFAULT, idle, &culprit);
    int missing = 0;
    for (int i = 0; i < FAMILIES; i++)
        missing += idle[i] == NOT_SET;
    tap_ok(is_good && missing == 0, "the defaults name every family: %s", IDLE_DEFAULT);
    tap_ok(idle[FAMILY_TIMER] == 300000 && idle[FAMILY_GAUGE] == IDLE_FOREVER, "five minutes, and gauges forever");
    tap_ok(strcmp(IDLE_WORDS, "c=, ms=, s= or g=") == 0, "in words: %s", IDLE_WORDS);
}

int main(void)
{
    test_types();
    test_idle();
    return tap_done();
}
