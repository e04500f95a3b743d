/* tag_key: the tag that gives way, and what it is called then. */
#include "format/tag_key.h"

#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

static const struct span key = SPAN("name");

static void renames(const char *series, const char *expected)
{
    struct span from = { series, strlen(series) };
    char *to = malloc(2 * from.length + 1);
    size_t length = (size_t)(tag_key_rename(to, from, key) - to);
    bool good = length == strlen(expected) && memcmp(to, expected, length) == 0;
    if (!tap_ok(good && length <= 2 * from.length, "%.60s", series))
        tap_note("is %.*s", (int)length, to);
    struct span renamed = { to, length };
    tap_ok(!tag_key_is_in(renamed, key), "and has no such tag any more");
    free(to);
}

static void test_is_in(void)
{
    tap_ok(tag_key_is_in(SPAN("a;name=b"), key), "the only tag");
    tap_ok(tag_key_is_in(SPAN("a;name=;z=1"), key), "the first of two, empty");
    tap_ok(tag_key_is_in(SPAN("a;b=1;name=x=y"), key), "the last");
    tap_ok(!tag_key_is_in(SPAN("a"), key), "no tags");
    tap_ok(!tag_key_is_in(SPAN("name=1"), key), "the name is no tag");
    tap_ok(!tag_key_is_in(SPAN("a;names=b;nome=c;b=;b=name;_name=d"), key), "keys that only resemble it");
    tap_ok(!tag_key_is_in(SPAN(""), key), "nothing");
}

/* A series that has taken the keys with 1 to `taken` underscores. */
static void test_many(size_t taken, size_t expected)
{
    size_t room = taken * (taken + 16) + 64, length = 0;
    char *series = malloc(room), *to = malloc(2 * room);
    length = (size_t)sprintf(series, "a;name=x");
    for (size_t i = 1; i <= taken; i++) {
        series[length++] = ';';
        memset(series + length, '_', i);
        length += i + (size_t)sprintf(series + length + i, "name=y");
    }
    const char *end = tag_key_rename(to, (struct span){ series, length }, key);
    size_t count = strspn(to + 2, "_");
    tap_ok(count == expected && (size_t)(end - to) == length + expected, "%zu keys are taken: %zu underscores", taken,
           count);
    free(series);
    free(to);
}

int main(void)
{
    test_is_in();
    renames("a;name=b", "a;_name=b");
    renames("a;b=1;name=c;z=2", "a;b=1;_name=c;z=2");
    renames("a;_name=1;name=2", "a;_name=1;__name=2");
    renames("a;__name=1;name=2", "a;__name=1;_name=2");
    renames("a;___name=1;_name=2;name=3;z=4", "a;___name=1;_name=2;__name=3;z=4");
    renames("a;name=1;b=2;name=3", "a;b=2;_name=3");
    renames("a;name=1=name;names=2", "a;_name=1=name;names=2");
    renames(";name=1", ";_name=1");
    renames("a;name=", "a;_name=");
    renames("a;_nam\\e=1;_=2;name=x", "a;_nam\\e=1;_=2;_name=x");
    test_many(0, 1);
    test_many(62, 63);
    test_many(63, 64);
    test_many(100, 101);
    return tap_done();
}
