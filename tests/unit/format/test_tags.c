/* tags: names and tags of every flavour become one canonical series. */
#include "format/tags.h"

#include <stdlib.h>
#include <string.h>

#include "format/safe.h"
#include "tap.h"

static struct span text_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static const struct {
    const char *name;
    unsigned flavours;
    bool raw;
    const char *series; /* NULL: rejected */
} names[] = {
    { "foo", TAGS_ALL, false, "foo" },
    { "", TAGS_ALL, false, NULL },
    { "\xe6\x97\xa5", TAGS_ALL, false, NULL },
    { "\xe6\x97\xa5", TAGS_ALL, true, "\xe6\x97\xa5" },
    { "a \t\n\v\f\rb", TAGS_ALL, false, "a_b" },
    { "a \x01 b", TAGS_ALL, false, "a__b" },
    { "/a/b?", TAGS_ALL, false, "-a-b" },
    { "a b/c?", TAGS_ALL, true, "a b/c?" },
    { "foo;b=2;a=1", TAGS_ALL, false, "foo;a=1;b=2" },
    { "foo;a=b,c=d", TAGS_ALL, false, "foo;a=bc=d" },
    { "foo;a=b:c", TAGS_ALL, false, "foo;a=b:c" },
    { "foo,b=2,a=1", TAGS_ALL, false, "foo;a=1;b=2" },
    { "foo,a=b;c=d", TAGS_ALL, false, "foo;a=b_c=d" },
    { "foo,a=b;c=d", TAGS_ALL, true, "foo;a=b_c=d" },
    { "foo#b=2,a=1", TAGS_ALL, false, "foo;a=1;b=2" },
    { "foo#a=b#c=d", TAGS_ALL, false, "foo;a=bc=d" },
    { "foo[b=2,a=1].bar", TAGS_ALL, false, "foo.bar;a=1;b=2" },
    { "[a=1]foo", TAGS_ALL, false, "foo;a=1" },
    { "foo[a=1[b]c]", TAGS_ALL, false, "fooc;a=1b" },
    { "foo[a=1", TAGS_ALL, false, "fooa=1" },
    { "foo[a=1", TAGS_ALL, true, "foo[a=1" },
    { "foo[]", TAGS_ALL, false, "foo" },
    { "foo[a,b=c", TAGS_ALL, false, "fooab=c" },
    { "foo;a=b:c:d=e", TAGS_ALL, false, "foo;a=b:c:d=e" },
    { "foo;:=b", TAGS_ALL, false, "foo" },
    { "foo;a=:", TAGS_ALL, false, "foo;a=:" },
    { "x:y", TAGS_ALL, false, "xy" },
    { ".", TAGS_ALL, false, NULL },
    { "..", TAGS_ALL, true, NULL },
    { ".[a=1].", TAGS_ALL, false, NULL },
    { "..;a=1", TAGS_ALL, true, NULL },
    { ".?.", TAGS_ALL, false, NULL },
    { ".?.", TAGS_ALL, true, ".?." },
    { "._", TAGS_ALL, false, "._" },
    { "[a=1]", TAGS_ALL, false, NULL },
    { "#a=1", TAGS_ALL, false, NULL },
    { ";a=1", TAGS_ALL, false, NULL },
    { "foo;a", TAGS_ALL, false, "foo;a=true" },
    { "foo;a=", TAGS_ALL, false, "foo" },
    { "foo;=a", TAGS_ALL, false, "foo" },
    { "foo;a=1;a=", TAGS_ALL, false, "foo;a=1" },
    { "foo;a=?", TAGS_ALL, false, "foo" },
    { "foo;a=?", TAGS_ALL, true, "foo;a=?" },
    { "foo;;;", TAGS_ALL, false, "foo" },
    { "foo;a=1;b=2;a=3", TAGS_ALL, false, "foo;a=3;b=2" },
    { "foo;a b=1;a_b=2", TAGS_ALL, false, "foo;a_b=2" },
    { "foo;a_b=1;a b=2", TAGS_ALL, false, "foo;a_b=2" },
    { "foo;k10=a;k1=b;k=c", TAGS_ALL, false, "foo;k=c;k1=b;k10=a" },
    { "foo;B=1;a=2", TAGS_ALL, false, "foo;B=1;a=2" },
    { "foo;a=b", TAGS_ALL & ~(unsigned)TAGS_GRAPHITE, false, "fooa=b" },
    { ";a=b", 0, false, "a=b" },
    { ";a=b", 0, true, NULL },
    { "foo;a=b", 0, true, "foo;a=b" },
    { "foo,a=b", TAGS_ALL & ~(unsigned)TAGS_INFLUX, false, "fooa=b" },
    { "foo#a=b", TAGS_ALL & ~(unsigned)TAGS_LIBRATO, false, "fooa=b" },
    { "foo[a=b]", TAGS_ALL & ~(unsigned)TAGS_SIGNALFX, false, "fooa=b" },
    { "foo;a=b,c=d", TAGS_INFLUX, false, "fooa=b;c=d" },
    { "foo[a=b", TAGS_SIGNALFX, false, "fooa=b" },
};

static void test_names(void)
{
    struct series s;
    series_init(&s);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool good = series_begin(&s, text_of(names[i].name), names[i].flavours, names[i].raw);
        struct span got = good ? series_finish(&s) : SPAN("");
        bool same = names[i].series ? good && span_is(got, names[i].series) : !good;
        if (!tap_ok(same, "%s, flavours %u, raw %d", strpbrk(names[i].name, "\n\x01") ? "white space" : names[i].name,
                    names[i].flavours, names[i].raw))
            tap_note("got %.*s", (int)got.length, got.text);
    }
    series_free(&s);
}

static void expect(struct series *s, const char *expected, const char *what)
{
    struct span got = series_finish(s);
    if (!tap_ok(span_is(got, expected), "%s: %s", what, expected))
        tap_note("got %.*s", (int)got.length, got.text);
}

static void test_fields(void)
{
    struct series s;
    series_init(&s);
    series_begin(&s, SPAN("foo;c=3;a=1"), TAGS_ALL, false);
    expect(&s, "foo;a=1;c=3", "the name's own tags");
    series_add_dogstatsd(&s, SPAN("b:2,a:9,#d"), false);
    expect(&s, "foo;a=9;b=2;c=3;d=true", "a field's tags win");
    series_add_dogstatsd(&s, SPAN("e:f:g=h,c"), false);
    expect(&s, "foo;a=9;b=2;c=true;d=true;e=f:g=h", "fields add up");
    series_add(&s, SPAN("a"), SPAN("last;one"), false);
    expect(&s, "foo;a=last_one;b=2;c=true;d=true;e=f:g=h", "a tag by itself, the last of its key");
    series_rewind(&s);
    expect(&s, "foo;a=1;c=3", "rewound to the name's own");
    series_add_dogstatsd(&s, SPAN(",,:,x:,:y"), false);
    expect(&s, "foo;a=1;c=3", "nothing of empty keys and values");
    series_rewind(&s);
    series_add_dogstatsd(&s, SPAN("x y:\xc3\xa9/;"), true);
    expect(&s, "foo;a=1;c=3;x y=\xc3\xa9/_", "raw, but for the byte that ends a tag");
    series_free(&s);
}

static const struct {
    const char *text, *series;
    bool is_canonical;
} edited[] = {
    { "foo", "foo", true },
    { "", "", true },
    { "foo;a=1", "foo;a=1", true },
    { "foo;a=1;b=2", "foo;a=1;b=2", true },
    { "foo;b=2;a=1", "foo;a=1;b=2", false },
    { "foo;a=1;a=2", "foo;a=2", false },
    { "foo;a=1;a=1", "foo;a=1", false },
    { "foo;a", "foo;a=true", false },
    { "foo;", "foo", false },
    { "foo;;a=1", "foo;a=1", false },
    { "foo;a=", "foo", false },
    { "foo;=1", "foo", false },
    { "foo;a=1=2", "foo;a=1=2", true },
    { "foo;k=1;k1=2", "foo;k=1;k1=2", true },
    { "foo;k1=2;k=1", "foo;k=1;k1=2", false },
    { "f o/o;b b=x/y;a:c=1", "f o/o;a:c=1;b b=x/y", false },
    { ";a=1", ";a=1", true },
};

static void test_canonical(void)
{
    struct series s;
    series_init(&s);
    for (size_t i = 0; i < sizeof edited / sizeof *edited; i++) {
        struct span got = series_canonical(&s, text_of(edited[i].text));
        if (!tap_ok(span_is(got, edited[i].series), "canonical %s", edited[i].text))
            tap_note("got %.*s", (int)got.length, got.text);
        tap_ok(series_is_canonical(text_of(edited[i].text)) == edited[i].is_canonical, "%s is%s canonical",
               edited[i].text, edited[i].is_canonical ? "" : " not");
    }
    series_free(&s);
}

/* Thousands of tags out of order, with every key given twice. */
static void test_many(void)
{
    enum { COUNT = 4000 };
    struct series s;
    char *field = malloc(COUNT * 2 * 16);
    size_t length = 0;
    series_init(&s);
    for (int i = 0; i < 2 * COUNT; i++)
        length += (size_t)sprintf(field + length, "k%04d:%d,", (i * 7919) % COUNT, i >= COUNT);
    series_begin(&s, SPAN("many"), TAGS_ALL, false);
    series_add_dogstatsd(&s, (struct span){ field, length }, false);
    struct span got = series_finish(&s);
    tap_ok(got.length == 4 + COUNT * 8 && series_is_canonical(got), "%d tags given twice are sorted and kept once",
           COUNT);
    tap_ok(!memchr(got.text, '0', 4) && memcmp(got.text + got.length - 8, ";k3999=1", 8) == 0, "the last value won");
    free(field);
    series_free(&s);
}

/* Every byte alone, against the rule in words. */
static void test_bytes(void)
{
    int wrong = 0;
    for (int c = 0; c < 256; c++) {
        char from[] = { 'x', (char)c, 'y' }, to[3], tag[3], expected[3] = { 'x' };
        size_t length = 1;
        bool keeps = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     (c && strchr("_-.=", c) != NULL);
        if (keeps)
            expected[length++] = (char)c;
        else if (c == ' ' || (c >= '\t' && c <= '\r'))
            expected[length++] = '_';
        else if (c == '/')
            expected[length++] = '-';
        expected[length++] = 'y';
        wrong += safe_name(to, (struct span){ from, 3 }) != length || memcmp(to, expected, length) != 0;
        wrong += safe_tag(tag, (struct span){ from, 3 }) != length + (c == ';' || c == ':');
        wrong += memcmp(tag, c == ';' ? "x_y" : c == ':' ? "x:y" : expected, length) != 0;
        wrong += ((safe_classes[c] & SAFE_NAME) != 0) != keeps;
        wrong += ((safe_classes[c] & SAFE_ESCAPED) != 0) != (!c || strchr("\t\n\r\\", c) != NULL);
    }
    tap_ok(wrong == 0, "each of 256 bytes is made safe");
}

int main(void)
{
    test_names();
    test_fields();
    test_canonical();
    test_many();
    test_bytes();
    return tap_done();
}
