/* series/tagging and how the table keeps series under --tag, against the plain way: all tags put
 * together and made canonical. Two series have one slot just when that form is the same, and are
 * written in it. */
#include "series/table.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "chance.h"
#include "tap.h"

enum { ROUNDS = 400, SERIES = 200, TEXT_MAX = 256 };

static const char *const tags[] = { "env=prod", "env=stage", "host=a", "host=b", "a=1",
                                    "z",        "le=10",     "b\\t=2", "env=",   "a-b=3" };
static const char *const added[] = { "env:prod", "host:a", "z:true", "a:1", "a-b:3", "env:stage", "b:x" };

static struct span make_series(char *text)
{
    char *to = chance_put(text, "xy.", 1);
    *to++ = 'n';
    for (size_t count = chance(4); count; count--) {
        *to++ = ';';
        to = chance_text(to, tags[chance(sizeof tags / sizeof *tags)]);
    }
    return span_between(text, to);
}

/* The plain way. */
static struct span canonical(struct record_canonical *c, struct span series, const struct tagging *t, char *text)
{
    const char *semicolon = memchr(series.text, ';', series.length);
    size_t name = semicolon ? (size_t)(semicolon - series.text) : series.length;
    char *to = text;
    memcpy(to, series.text, name);
    to += name;
    if (t->length)
        memcpy(to, t->text, t->length);
    to += t->length;
    memcpy(to, series.text + name, series.length - name);
    return record_canonical(c, span_between(text, to + (series.length - name)));
}

/* What a round has seen. */
struct seen {
    char *form;
    int64_t slot;
};

/* Returns how many things were wrong. */
static int one_round(struct seen *seen)
{
    struct table t;
    struct record_canonical c;
    struct tagging_scratch scratch;
    int wrong = 0;
    table_init(&t, 100000);
    record_canonical_init(&c);
    tagging_scratch_init(&scratch);
    for (size_t count = chance(4); count; count--)
        wrong += !tagging_add(&t.tagging, added[chance(sizeof added / sizeof *added)]);
    for (size_t i = 0; i < SERIES; i++) {
        char text[TEXT_MAX], all[TEXT_MAX];
        struct span series = make_series(text), form = canonical(&c, series, &t.tagging, all);
        const struct series_key key = table_key(&t, series, FAMILY_COUNTER);
        seen[i] = (struct seen){ xstrndup(form.text, form.length), table_get(&t, &key) };
        wrong += !span_is(table_series(&t, &t.slots[seen[i].slot], &scratch), seen[i].form);
        wrong += table_find(&t, &key) != seen[i].slot;
        for (size_t j = 0; j < i; j++)
            wrong += (strcmp(seen[i].form, seen[j].form) == 0) != (seen[i].slot == seen[j].slot);
    }
    for (size_t i = 0; i < SERIES; i++)
        free(seen[i].form);
    tagging_scratch_free(&scratch);
    record_canonical_free(&c);
    table_free(&t);
    return wrong;
}

static void test_last(void)
{
    struct tagging_scratch scratch;
    tagging_scratch_init(&scratch);
    tap_ok(span_is(tagging_with(&scratch, SPAN("a;b=1;le=x"), SPAN(";b=2;c=3"), SPAN(";le=10")), "a;b=1;c=3;le=10"),
           "a last tag wins over all");
    tap_ok(span_is(tagging_with(&scratch, SPAN("a"), SPAN(""), SPAN("")), "a"), "no tags");
    tagging_scratch_free(&scratch);
}

static void test_bad(void)
{
    static const char *const bad[] = { "", "a", ":", "a:", ":b", "a:b,c:d", "\x80:b" };
    struct tagging t = { .text = NULL };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        tap_ok(!tagging_add(&t, bad[i]) && !t.length, "bad tag %zu", i);
    tagging_free(&t);
}

int main(void)
{
    static struct seen seen[SERIES];
    int wrong = 0;
    test_bad();
    test_last();
    for (int round = 0; round < ROUNDS; round++)
        wrong += one_round(seen);
    tap_ok(!wrong, "%d rounds of %d series: %d differ from the plain way", ROUNDS, SERIES, wrong);
    return tap_done();
}
