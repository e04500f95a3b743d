/* statsd-agg's table: series → slots, forgetting, closing holes, edited tags; and the cells of
 * intervals over it. */
#include "series/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series/interval.h"
#include "tap.h"

enum { MOST = 1000000 };

static int64_t get(struct table *t, const char *series, enum family family)
{
    struct series_key key = table_key(t, (struct span){ series, strlen(series) }, family);
    return table_get(t, &key);
}

static int64_t find(struct table *t, const char *series, enum family family)
{
    struct series_key key = table_key(t, (struct span){ series, strlen(series) }, family);
    return table_find(t, &key);
}

static void drop(struct table *t, uint32_t slot)
{
    table_forget(t, slot);
    table_release(t, slot);
}

static void test_few(void)
{
    struct table t;
    table_init(&t, MOST);
    tap_ok(find(&t, "a", FAMILY_COUNTER) == -1, "nothing is known");
    tap_ok(get(&t, "a", FAMILY_COUNTER) == 0 && get(&t, "b", FAMILY_COUNTER) == 1 && get(&t, "a", FAMILY_TIMER) == 2,
           "slots are numbered by first appearance, a series and a family each");
    tap_ok(get(&t, "a", FAMILY_COUNTER) == 0 && find(&t, "b", FAMILY_COUNTER) == 1 && t.known == 3, "and found again");
    tap_ok(find(&t, "b", FAMILY_TIMER) == -1, "another family of a name is not");
    tap_ok(get(&t, "a;y=1;x=2", FAMILY_SET) == 3 && get(&t, "a;x=2;y=1", FAMILY_SET) == 3 &&
               get(&t, "a;x=3;y=1;x=2", FAMILY_SET) == 3 && find(&t, "a;y=1;x=2", FAMILY_SET) == 3 && t.known == 4,
           "tags in any order and given twice");
    tap_ok(span_is(slot_name(&t, &t.slots[3], &t.scratch), "a;x=2;y=1"), "its name is canonical");
    tap_ok(find(&t, "c;y=1;x=2", FAMILY_SET) == -1 && t.known == 4, "to look for an edited one makes none");
    drop(&t, 3);
    tap_ok(find(&t, "a;y=1;x=2", FAMILY_SET) == -1 && find(&t, "a;x=2;y=1", FAMILY_SET) == -1 && t.known == 3,
           "forgotten, also by its other names");
    tap_ok(get(&t, "a;y=1;x=2", FAMILY_SET) == 4 && find(&t, "a;x=2;y=1", FAMILY_SET) == 4,
           "it comes back as a new one");
    table_free(&t);
}

/* Names of 8 to 24 bytes, of 30 to 35, where the slot's room ends, and longer ones with tags that
 * many share. */
static const char *name_of(int i)
{
    static const char *const forms[] = { "series.%d", "series.%d;k=%d", "series.of.a.longer.name.x%0*d",
                                         "series.%d.of.a.name;host=web%d;region=eu;zone=a" };
    static char text[80];
    int form = i % 4;
    if (form == 2)
        snprintf(text, sizeof text, forms[2], 5 + i % 6, i);
    else
        snprintf(text, sizeof text, forms[form], i, i % 7);
    return text;
}

/* Names that differ in one byte, of every length around those of a slot's parts. */
static void test_lengths(void)
{
    static char name[600];
    struct table t;
    int wrong = 0;
    int64_t slots = 0;
    table_init(&t, MOST);
    for (size_t length = 1; length < sizeof name; length += length < 80 ? 1 : 97)
        for (size_t i = 0; i < length; i++) {
            memset(name, 'n', sizeof name);
            name[i] = 'x';
            name[length] = '\0';
            wrong += find(&t, name, FAMILY_TIMER) != -1 || get(&t, name, FAMILY_TIMER) != slots ||
                     find(&t, name, FAMILY_TIMER) != slots || find(&t, name, FAMILY_SET) != -1;
            wrong += !span_is(slot_name(&t, &t.slots[slots], &t.scratch), name);
            slots++;
        }
    tap_ok(!wrong, "%d names that differ in one byte (%d wrong)", (int)slots, wrong);
    table_free(&t);
}

/* What a slot has beside its cell. */
static void test_history(void)
{
    struct table t;
    table_init(&t, MOST);
    int64_t slot = get(&t, "gauge", FAMILY_GAUGE);
    struct slot *s = &t.slots[slot];
    tap_ok(table_last_end(&t, s) == NEVER && s->cell.before == 0, "a new one has no end");
    struct interval *old = interval_new(0, 10, 1), *new = interval_new(10, 20, 2);
    s->cell.before = 7;
    table_set_last_end(&t, s, -5);
    interval_get(old, &t, 0)->value = 1;
    interval_get(new, &t, 0)->value = 2;
    tap_ok(s->cell.before == 7 && s->cell.value == 2 && interval_find(old, &t, 0)->value == 1 && s->open_cells == 2,
           "a gauge keeps its value before beside those of open intervals");
    interval_drop(new, &t, 0);
    tap_ok(s->cell.before == 7 && table_last_end(&t, s) == -5, "and after");
    s->open_cells = SLOT_MOST_OPEN - 1;
    slot_open_cell(s);
    slot_open_cell(s);
    slot_close_cell(s);
    tap_ok(s->open_cells == SLOT_MOST_OPEN, "more open cells than can be counted stay that many");
    for (int i = 0; i < 5000; i++) {
        slot = get(&t, name_of(i), FAMILY_COUNTER);
        table_set_last_end(&t, &t.slots[slot], i);
    }
    int wrong = 0;
    for (int i = 0; i < 5000; i++)
        wrong += table_last_end(&t, &t.slots[find(&t, name_of(i), FAMILY_COUNTER)]) != i;
    tap_ok(!wrong && table_last_end(&t, &t.slots[0]) == -5, "5,000 ends of 5,000 slots (%d wrong)", wrong);
    free(old);
    free(new);
    table_free(&t);
}

static void test_full(void)
{
    struct table t;
    table_init(&t, 2);
    tap_ok(get(&t, "a", FAMILY_COUNTER) == 0 && get(&t, "b", FAMILY_COUNTER) == 1 &&
               get(&t, "c", FAMILY_COUNTER) == -1 && get(&t, "c;b=1;a=1", FAMILY_COUNTER) == -1,
           "a full table makes no more");
    tap_ok(get(&t, "a", FAMILY_COUNTER) == 0, "but finds what it has");
    drop(&t, 0);
    tap_ok(get(&t, "c", FAMILY_COUNTER) == 2 && get(&t, "a", FAMILY_COUNTER) == -1, "what is forgotten makes room");
    table_free(&t);
}

/* A random life of many series beside a plain array that says what must be known; holes are closed
 * on the way. */
static void test_many(void)
{
    enum { NAMES = 20000 };
    static int64_t slot_of[NAMES];
    struct table t;
    int wrong = 0, compacted = 0;
    table_init(&t, MOST);
    for (int i = 0; i < NAMES; i++)
        slot_of[i] = -1;
    srand(6);
    for (int step = 0; step < 400000; step++) {
        int i = rand() % NAMES;
        /* By turns it fills up and empties. */
        if (rand() % 100 < (step / 50000 % 2 ? 20 : 80)) {
            int64_t slot = get(&t, name_of(i), FAMILY_GAUGE);
            wrong += slot_of[i] >= 0 && slot != slot_of[i];
            slot_of[i] = slot;
        } else if (slot_of[i] >= 0) {
            drop(&t, (uint32_t)slot_of[i]);
            slot_of[i] = -1;
        } else {
            wrong += find(&t, name_of(i), FAMILY_GAUGE) != -1;
        }
        uint32_t *moved = step % 1000 ? NULL : table_compact(&t);
        for (int n = 0; moved && n < NAMES; n++)
            if (slot_of[n] >= 0)
                slot_of[n] = moved[slot_of[n]];
        compacted += moved != NULL;
        free(moved);
    }
    uint32_t known = 0;
    for (int i = 0; i < NAMES; i++) {
        wrong += find(&t, name_of(i), FAMILY_GAUGE) != slot_of[i];
        known += slot_of[i] >= 0;
        wrong += slot_of[i] >= 0 && !span_is(slot_name(&t, &t.slots[slot_of[i]], &t.scratch), name_of(i));
    }
    tap_ok(!wrong && known == t.known && compacted > 0, "400,000 steps, holes closed %d times (%d wrong)", compacted,
           wrong);
    table_free(&t);
}

/* Cells of two intervals that are open at once, one of whose serials has come round. */
static void test_cells(void)
{
    struct table t;
    table_init(&t, MOST);
    struct interval *old = interval_new(0, 10, UINT32_MAX), *new = interval_new(10, 20, 0);
    int wrong = 0;
    for (int i = 0; i < 5000; i++)
        get(&t, name_of(i), FAMILY_COUNTER);
    for (int i = 0; i < 30000; i++) {
        uint32_t slot = (uint32_t)(i * 7919 % 5000);
        interval_get(i % 2 ? old : new, &t, slot)->sum += i % 2 ? 1 : 2;
    }
    for (uint32_t slot = 0; slot < 5000; slot++) {
        const struct cell *a = interval_find(old, &t, slot), *b = interval_find(new, &t, slot);
        wrong += (a ? a->sum : 0) + (b ? b->sum : 0) / 2 != 6;
        wrong += t.slots[slot].open_cells != (uint32_t)((a != NULL) + (b != NULL));
    }
    tap_ok(wrong == 0, "30,000 samples of 5,000 series over two intervals");
    free(old);
    free(new);
    table_free(&t);
}

int main(void)
{
    test_few();
    test_lengths();
    test_history();
    test_full();
    test_many();
    test_cells();
    return tap_done();
}
