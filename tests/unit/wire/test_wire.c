/* wire: lines of every kind give the samples and the refusals that statsd-wire(5) promises. */
#include "wire/wire.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* What came out of a line: `series type value rate [time]` for a sample, `!what 'culprit'` for a
 * refusal, `other`, with `; ` in between. A mark after the type says that nothing needs
 * escaping. */
struct transcript {
    char text[1 << 16];
    size_t length;
};

static void put(struct transcript *t, struct span bytes)
{
    size_t room = sizeof t->text - 1 - t->length;
    size_t length = bytes.length < room ? bytes.length : room;
    memcpy(t->text + t->length, bytes.text, length);
    t->length += length;
    t->text[t->length] = '\0';
}

static void put_text(struct transcript *t, const char *text)
{
    put(t, (struct span){ text, strlen(text) });
}

static void put_sample(struct transcript *t, const struct sample *s)
{
    char time[32];
    put(t, s->series);
    put_text(t, " ");
    put_text(t, record_type_letters(s->type));
    put_text(t, s->plain ? " " : "* ");
    put(t, s->value);
    put_text(t, " ");
    put(t, s->rate);
    snprintf(time, sizeof time, " %lld", (long long)s->time);
    put_text(t, s->has_time ? time : "");
}

/* The line stands alone in memory of its own size, so that a sanitizer sees who reads past its
 * end. */
static const char *parse(struct wire *w, const char *line, size_t length, struct transcript *t)
{
    char *alone = malloc(length ? length : 1);
    struct sample sample;
    enum wire_event event;
    memcpy(alone, line, length);
    t->length = 0;
    t->text[0] = '\0';
    wire_open(w, alone, length);
    while ((event = wire_next(w, &sample)) != WIRE_END) {
        put_text(t, t->length ? "; " : "");
        if (event == WIRE_SAMPLE)
            put_sample(t, &sample);
        else if (event == WIRE_OTHER)
            put_text(t, "other");
        else {
            put_text(t, "!");
            put_text(t, wire_error_what(w->error));
            put_text(t, " '");
            put(t, w->culprit);
            put_text(t, "'");
        }
    }
    free(alone);
    return t->text;
}

static const struct {
    const char *line, *expected;
} cases[] = {
    { "a:1|c", "a c 1 1" },
    { "a:1|c|@0.1", "a c 1 0.1" },
    { "a.b-c_d=e:1.5|ms", "a.b-c_d=e ms 1.5 1" },
    { "a:.5|h", "a h .5 1" },
    { "a:5.|d", "a d 5. 1" },
    { "a:.|d", "!bad value '.'" },
    { "a:1..2|d", "!bad value '1..2'" },
    { "a:user7|s", "a s user7 1" },
    { "a:1.2.3|s|@0.5", "a s 1.2.3 0.5" },
    { "a:12:15:11|ms", "a ms 12 1; a ms 15 1; a ms 11 1" },
    { "a:1|c:320|ms|@0.5", "a c 1 1; a ms 320 0.5" },
    { "a:-1|g", "a gd -1 1" },
    { "a:+1|g", "a gd +1 1" },
    { "a:-0|g", "a gd -0 1" },
    { "a:-1|c", "a c -1 1" },
    { "a:-1|ms", "!bad value '-1'" },
    { "a:-0|ms", "a ms -0 1" },
    { "a:-1e-400|ms", "a ms -1e-400 1" },
    { "a:1e309|c", "!bad value '1e309'" },
    { "a:1e309|s", "a s 1e309 1" },
    { "a:u:v|s", "a s u:v 1" },
    { "a:u:v|s:w|s", "a s u:v 1; a s w 1" },
    { "a:|s", "!bad value ''" },
    { "a:|c", "!bad value ''" },
    { "a::1|c", "!bad value ''" },
    { "a:1:|c", "!bad value ''" },
    { "a:1:x:3|ms", "!bad value 'x'" },
    { "a:1:x:3|ms:4|c", "!bad value 'x'; a c 4 1" },
    { "a:1:-2|ms:4:1e999:y|c|@2:5|g", "!bad value '-2'; !bad rate '2'; a g 5 1" },
    { "a:1:x:3|q:4|c", "!bad type 'q'" },
    { "a:1|c:2:x|q|@9:4|c", "a c 1 1; !bad type 'q'" },
    { "a:1|cb:7|gc:9|c", "!bad type 'cb'" },
    { "jobs.Bare::Hook.perform:23.7|ms", "!bad value ''" },
    { "a:1|c:1|c|x:2|c", "a c 1 1; !bad field 'c'" },
    { "a:1|c:1|c|X:2|c", "a c 1 1; !bad field 'X:2'" },
    { "a:1|c:1|c||c:2:2|c", "a c 1 1; !bad field ''" },
    { "a:1|c|@2:2|c", "!bad rate '2'; a c 2 1" },
    { "a:1|c|Tx:2|c", "!bad time 'Tx'; a c 2 1" },
    { "a:1|c|@2|#k:v|T1:2|c", "!bad rate '2'; a c 2 1" },
    { "a:1|c|@2|x", "!bad field 'x'" },
    { "a:1", "!bad value '1'" },
    { "a:1|c:2:3", "a c 1 1; !bad value '2:3'" },
    { "a:", "!bad value ''" },
    { "a:1|", "!bad type ''" },
    { "a:1|C", "!bad type 'C'" },
    { "a:1|m", "a c 1 1" },
    { "a:-1:2|m|@0.5:3|ms", "a c -1 0.5; a c 2 0.5; a ms 3 1" },
    { "a:x|m", "!bad value 'x'" },
    { "a:1|M", "!bad type 'M'" },
    { "a:1|mm", "!bad type 'mm'" },
    { "a:1|mss", "!bad type 'mss'" },
    { "a:1|c ", "!bad type 'c '" },
    { "a:1|c|", "!bad field ''" },
    { "a:1|c|x", "!bad field 'x'" },
    { "a:1|c|c", "!bad field 'c'" },
    { "a:1|c|0.1", "!bad field '0.1'" },
    { "a:1|c|x|@9", "!bad field 'x'" },
    { "a:1|c|@9|x", "!bad field 'x'" },
    { "a:1|q|x", "!bad type 'q'" },
    { "a:1|c|@", "!bad rate ''" },
    { "a:1|c|@0", "!bad rate '0'" },
    { "a:1|c|@-1", "!bad rate '-1'" },
    { "a:1|c|@1.0000001", "!bad rate '1.0000001'" },
    { "a:1|c|@1e-400", "!bad rate '1e-400'" },
    { "a:1|c|@0.5|@0.25", "a c 1 0.25" },
    { "a:1|c|@2|@0.25", "!bad rate '2'" },
    { "a:1|c|@+.5e0", "a c 1 +.5e0" },
    { "a:1|c|T1700000000", "a c 1 1 1700000000000" },
    { "a:1|c|T9999999999", "a c 1 1 9999999999000" },
    { "a:1|c|T", "!bad time 'T'" },
    { "a:1|c|T12345678901", "!bad time 'T12345678901'" },
    { "a:1|c|T-1", "!bad time 'T-1'" },
    { "a:1|c|T1.5", "!bad time 'T1.5'" },
    { "a:1|c|T1|T2", "a c 1 1 2000" },
    { "a:1|c|T5:2|c", "a c 1 1 5000; a c 2 1" },
    { "a:1|c|@0.5:2|c", "a c 1 0.5; a c 2 1" },
    { "a:1|c|#k:v:w,x", "a;k=v:w;x=true c 1 1" },
    { "a:1|c|#u:http://h:80/,:", "a;u=http:--h:80- c 1 1" },
    { "a:1|c|#k:v|@0.5:2|c", "a;k=v c 1 0.5; a c 2 1" },
    { "a:1|c|#k:v|#l:w", "a;k=v;l=w c 1 1" },
    { "a:1|c|#", "a c 1 1" },
    { "a:1|c|c:in-1:2|@0.25|@0.5", "a c 1 0.5" },
    { "a:1|c|e:x:y|card:low", "a c 1 1" },
    { "a:1|c|card", "!bad field 'card'" },
    { "a:1|c|z:", "a c 1 1" },
    { "a:1|c|zZ_9:x|@.5|#k:v|y:", "a;k=v c 1 .5" },
    { "a:1|c|abcdefghijklmnop:1", "a c 1 1" },
    { "a:1|c|abcdefghijklmnopq:1", "!bad field 'abcdefghijklmnopq:1'" },
    { "a:1|c|Zz:1", "!bad field 'Zz:1'" },
    { "a:1|c|_z:1", "!bad field '_z:1'" },
    { "a:1|c|9z:1", "!bad field '9z:1'" },
    { "a:1|c|a-b:1", "!bad field 'a-b:1'" },
    { "a:1|c|a.b:1", "!bad field 'a.b:1'" },
    { "a:1|c|:", "!bad field ':'" },
    { "a:1|c|z|c:1", "!bad field 'z'" },
    { "a:1|g|z:5|c:ci-abc", "a g 1 1" },
    { "a;k=v:1|c|#k:w|@0.5:2|c|@1:3|c|#l", "a;k=w c 1 0.5; a;k=v c 2 1; a;k=v;l=true c 3 1" },
    { "a b:1|c:2|c", "a_b c 1 1; a_b c 2 1" },
    { "m,host=db:5432:1|c", "m;host=db:5432 c 1 1" },
    { "m;host=db:5432:1|c:2:3|ms", "m;host=db:5432 c 1 1; m;host=db:5432 ms 2 1; m;host=db:5432 ms 3 1" },
    { "m#k=v:1:2|c|#a:b", "m;a=b;k=v:1 c 2 1" },
    { "m,k:v:1|c", "m;k=v c 1 1" },
    { "m,k:1|c", "m;k=true c 1 1" },
    { "m,k=v:|c", "!bad value ''" },
    { "m,k=v:u:x|s", "m;k=v:u s x 1" },
    { "m,k=a:b:5", "!bad value '5'" },
    { "m,k=a|b:1|c", "!bad line 'm,k=a|b:1|c'" },
    { "m[u=http://a:80]:1:2|ms", "m;u=http:--a:80 ms 1 1; m;u=http:--a:80 ms 2 1" },
    { "m[k=v].x:1:2|c", "m.x;k=v c 1 1; m.x;k=v c 2 1" },
    { "m[k=a:b]:1|c|#k:c:d", "m;k=c:d c 1 1" },
    { "m[k=a:1|c", "mk=a c 1 1" },
    { "m[k=a:1:2|c|#x]:3", "mk=a;x=3 c 1 1; mk=a;x=3 c 2 1" },
    { "m[k=a,l=b:c:1|c", "!bad value 'c'" },
    { "m[k=a:b]|c", "!bad line 'm[k=a:b]|c'" },
    { "a:b,k=v:1|c", "!bad value 'b,k=v'" },
    { ".:1|c", "!bad name '.'" },
    { "...:1|c:2|c", "!bad name '...'" },
    { ".a:1|c", ".a c 1 1" },
    { "..,k=v:1|c", "!bad name '..,k=v'" },
    { ".[k=v].:1|c", "!bad name '.[k=v].'" },
    { "\xe6\x97\xa5.\xe3\x81\x88:1|c", "!bad name '\xe6\x97\xa5.\xe3\x81\x88'" },
    { "a|b:1|c", "!bad line 'a|b:1|c'" },
    { "abc", "!bad line 'abc'" },
    { ":1|c", "!bad name ''" },
    { "?:1|c:2|c", "!bad name '?'" },
    { "_e{1,1}:a|b|#c", "other" },
    { "_e{", "other" },
    { "_sc|x|0", "other" },
    { "_sc:1|c", "_sc c 1 1" },
    { "_e:1|c", "_e c 1 1" },
    { "a:x\ty|s", "a s* x\ty 1" },
    { "a:\\|s", "a s* \\ 1" },
    { "a:x y|s", "a s x y 1" },
};

static void compare(const char *got, const char *expected, const char *line)
{
    if (!tap_ok(strcmp(got, expected) == 0, "%s", line))
        tap_note("is %s, expected %s", got, expected);
}

static void test_cases(struct transcript *t)
{
    struct wire w;
    wire_init(&w, &wire_defaults);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        compare(parse(&w, cases[i].line, strlen(cases[i].line), t), cases[i].expected, cases[i].line);
    compare(parse(&w, "a:x\0y|s", 7, t), "a s* x", "a member with a NUL"); /* as far as strcmp sees */
    tap_ok(t->length == strlen("a s* x_y 1"), "the member's bytes after the NUL are there");
    wire_free(&w);
}

static void check(struct transcript *t, struct wire_options options, const char *line, const char *expected)
{
    struct wire w;
    wire_init(&w, &options);
    compare(parse(&w, line, strlen(line), t), expected, line);
    wire_free(&w);
}

static void test_options(struct transcript *t)
{
    struct wire_options o = wire_defaults;
    o.absolute_gauges = true;
    check(t, o, "a:-1|g:+2|g", "a g -1 1; a g +2 1");
    o = wire_defaults;
    o.raw_names = true;
    check(t, o, "a b/c:1|c", "a b/c c* 1 1");
    check(t, o, "ab:1|c", "ab c 1 1");
    check(t, o, "ab:1|c|#k:v/w", "ab;k=v/w c* 1 1");
    check(t, o, "a b,k=http://h:80:1|c", "a b;k=http://h:80 c* 1 1");
    check(t, o, ".:1|c", "!bad name '.'");
    check(t, o, "\xe6.:1|c", "\xe6. c* 1 1");
    o = wire_defaults;
    o.max_name = 8;
    check(t, o, "12345678:1|c", "12345678 c 1 1");
    check(t, o, "123456789:1|c:2|c", "!bad name '123456789'");
    check(t, o, "123456;k=v:1|c:2|c", "!bad name '123456;k=v'");
    check(t, o, "1234?????:1|c:2|c", "1234 c 1 1; 1234 c 2 1");
    check(t, o, "1234:1|c|#k:vw|@1:2:3|c|#k:v", "!bad name '1234'; 1234;k=v c 2 1; 1234;k=v c 3 1");
    check(t, o, "12;k=v:1|c|#l:w|@1:2|c:3|c|#k:w|@1:4|c",
          "!bad name '12;k=v'; 12;k=v c 2 1; 12;k=w c 3 1; 12;k=v c 4 1");
    o = wire_defaults;
    o.flavours = TAGS_ALL & ~(unsigned)TAGS_DOGSTATSD;
    check(t, o, "a:1|c|#k:v:2|c", "!bad field '#k:v:2'");
    check(t, o, "a:1|c:1|c|#k:v|@1:2|c", "a c 1 1; !bad field '#k:v'");
    check(t, o, "a:1|c|#k:v|@0.5", "!bad field '#k:v'");
    check(t, o, "a;k=v:1|c", "a;k=v c 1 1");
    o.flavours = 0;
    check(t, o, "a;k=v,l#m[n]:1|c", "ak=vlmn c 1 1");
    check(t, o, "a;k=v:w:1|c", "!bad value 'w'");
    o.flavours = TAGS_SIGNALFX;
    check(t, o, "a,b[k=v:w]:1|c", "ab;k=v:w c 1 1");
    check(t, o, "a,b=c:d[k]:1|c", "!bad value 'd[k]'");
    o.flavours = TAGS_INFLUX;
    check(t, o, "a[b,k=v:w]:1|c", "ab;k=v:w c 1 1");
}

static uint64_t random_state = 1;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(random_state >> 33) % limit;
}

/* One of name, value, type and rate in most lines, with now and then a byte that does not
 * belong. */
static size_t random_line(char *line)
{
    static const char name_bytes[] = "abzAZ019_-.=", value_bytes[] = "0123456789012345678901234567890123456789.";
    static const char *const ends[] = { "|c", "|ms", "|g", "|h", "|d", "|s", "|c|@0.1", "|ms|@1", "|m", "|x", "|", "" };
    size_t length = 0;
    for (unsigned i = random_below(40); i; i--)
        line[length++] = name_bytes[random_below(sizeof name_bytes - 1)];
    line[length++] = ':';
    for (unsigned i = random_below(random_below(8) ? 8 : 40); i; i--)
        line[length++] = value_bytes[random_below(sizeof value_bytes - 1)];
    length += (size_t)sprintf(line + length, "%s", ends[random_below(sizeof ends / sizeof *ends)]);
    if (!random_below(4))
        line[random_below((unsigned)length)] = (char)random_below(256);
    return length;
}

/* A field that is ignored changes nothing. */
static void test_ignored_field(struct transcript *t)
{
    static struct transcript without;
    struct wire w;
    char line[256];
    int samples = 0, wrong = 0;
    wire_init(&w, &wire_defaults);
    for (int i = 0; i < 300000; i++) {
        size_t length = random_line(line);
        parse(&w, line, length, &without);
        if (without.text[0] == '!' || strstr(without.text, "; ") || strstr(without.text, "other"))
            continue;
        samples++;
        memcpy(line + length, "|c:", 3);
        parse(&w, line, length + 3, t);
        if (strcmp(t->text, without.text) != 0 && !wrong++)
            tap_note("%s but %s", without.text, t->text);
    }
    tap_ok(wrong == 0 && samples > 10000, "%d lines with a field that is ignored are read as without it", samples);
    wire_free(&w);
}

/* What is left of a chunk can be left out. */
static void test_skip(void)
{
    static const char line[] = "a:1:2:3|c:4|c:5:6|ms";
    struct wire w;
    struct sample sample;
    char values[8] = "";
    wire_init(&w, &wire_defaults);
    wire_open(&w, line, sizeof line - 1);
    while (wire_next(&w, &sample) == WIRE_SAMPLE) {
        strncat(values, sample.value.text, 1);
        wire_skip_chunk(&w);
    }
    tap_ok(strcmp(values, "145") == 0, "the first of each chunk: %s", values);
    wire_free(&w);
}

/* No line whatever reads past its end, and every one ends. */
static void test_anything(struct transcript *t)
{
    static const char bytes[] = "a:|#@T,;=[]1c:m:s:|_e{\\\t";
    struct wire w;
    char line[64];
    wire_init(&w, &wire_defaults);
    for (int i = 0; i < 300000; i++) {
        size_t length = 1 + random_below(sizeof line - 1);
        for (size_t k = 0; k < length; k++)
            line[k] = bytes[random_below(sizeof bytes - 1)];
        parse(&w, line, length, t);
    }
    tap_ok(true, "any bytes end");
    wire_free(&w);
}

int main(void)
{
    static struct transcript t;
    test_cases(&t);
    test_options(&t);
    test_ignored_field(&t);
    test_skip();
    test_anything(&t);
    for (int e = 0; e < WIRE_ERRORS; e++)
        tap_ok(wire_error_what((enum wire_error)e) && wire_error_why((enum wire_error)e), "error %d has its words", e);
    return tap_done();
}
