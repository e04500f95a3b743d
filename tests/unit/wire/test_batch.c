/* wire_batch against the grammar alone: texts of lines, broken by chance, give the same records,
 * whether the batch or the grammar takes a line; whatever the bytes behind the text are, and
 * however little room there is; and whether what a name or tags become is remembered or made. What
 * is plain or tagged the batch does take. */
#include "wire/batch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "grammar.h"
#include "tap.h"

enum { ROUNDS = 40000, TEXT_MAX = 16384, ROOM_MOST = 1 << 18, GUARD = 256 };

static char any_byte(void)
{
    static const char bytes[] = ":::|||@\n\r.0159eE+-;acmsghd\\\0\t\x80\xff/,#";
    return bytes[chance(sizeof bytes - 1)];
}

/* Few names and few tags, so that they come again. */
static char *make_tagged_line(char *to)
{
    static const char *const fields[] = { "|#a:b",
                                          "|#env:prod,host:a",
                                          "|#host:a,env:prod,host:b",
                                          "|#",
                                          "|#bare,x:1",
                                          "|#:,a:,:b",
                                          "|#k:a/b c",
                                          "|#k:a\\b,\t:\r",
                                          "|#k;l:m|",
                                          "|c:ci-1.a",
                                          "|z",
                                          "|e:x|#a:b",
                                          "|T17000000",
                                          "|T1700000000",
                                          "|T0700000000",
                                          "|T170000000x" };
    static const char *const own_tags[] = {
        ";a=b", ",host=a,env=prod", "#k=v", "[a=b]c", ",a=b:c", ";;=,a=", "[", "/x"
    };
    static const char *const values[] = { ":1|c", ":2.5|ms", ":3|g", ":-3|g", ":bob|s", ":b]b|s", ":1:2|ms", ":1|m" };
    static const char *const names[] = { "a.b", "a/b", "\xc3\xa4.\xc3\xb6", "..", ".a", "a b\t c", "a\\b", "_e{1,1}" };
    char *start = to;
    to = chance_text(to, names[chance(chance(3) ? 3 : 8)]);
    if (!chance(3))
        to = chance_put(to, "az.", 140);
    if (!chance(3))
        to = chance_text(to, own_tags[chance(8)]);
    to = chance_text(to, values[chance(chance(3) ? 3 : 8)]);
    if (!chance(3))
        to = chance_text(to, "|@0.5");
    for (size_t count = chance(4); count; count--)
        to = chance_text(to, fields[chance(chance(3) ? 3 : 16)]);
    if (!chance(20))
        start[chance((unsigned)(to - start))] = any_byte();
    return chance_text(to, chance(8) ? "\n" : "\r\n");
}

static char *make_line(char *to)
{
    static const char *const type_texts[] = { "|c", "|ms", "|g", "|h", "|d", "|s", "|s", "|m", "|", "|cc", "|mc", "" };
    static const char *const tails[] = { "",
                                         "",
                                         "",
                                         "",
                                         "|@0.1",
                                         "|@0.25",
                                         "|@",
                                         "|@.5",
                                         "|@2",
                                         "|@0",
                                         "|@-1",
                                         "|#a:b",
                                         "|T1",
                                         ":1|c",
                                         "|@1e-1",
                                         "|",
                                         "|@0x",
                                         "|x1",
                                         "|@.1:2|c",
                                         "|@0.12345",
                                         "|@0.125",
                                         "|@0.123456789",
                                         "|@0.12345678x",
                                         "|x@0.1",
                                         "|z:1",
                                         "|#k:v:w" };
    static const char *const ends[] = { "\n", "\n", "\n", "\n", "\n", "\n", "\r\n", "\n\n", "", "\r", "\r\r\n" };
    static const unsigned names[] = { 3, 3, 30, 30, 60, 130 };
    static const char *const bytes[] = { "a.:|/ ;,#[_\t\r{", "a,k=:]", "..", "[k:]" };
    char *start = to;
    if (chance(2))
        return make_tagged_line(to);
    to = chance_put(to, chance(8) ? "azAZ09_-.=" : bytes[chance(4)], names[chance(6)]);
    if (chance(16))
        to = chance_text(to, ":");
    to = chance(3) ? chance_put(to, "0123456789", 6)
                   : chance_put(to, chance(2) ? "0123456789." : "09.+-eux:_|", chance(4) ? 8 : 24);
    to = chance_text(to, type_texts[chance(chance(4) ? 7 : 12)]);
    to = chance_text(to, tails[chance(chance(3) ? 6 : 26)]);
    if (!chance(8) && to > start)
        start[chance((unsigned)(to - start))] = any_byte();
    return chance_text(to, ends[chance(chance(4) ? 7 : 11)]);
}

/* What the batch did, beside its records. */
struct output {
    struct records records;
    uint64_t plain, overruns;
};

/* Writes into memory of `room` bytes, with a guard behind it. */
static enum wire_batch_stop write_in_room(struct wire_batch *b, struct output *out, size_t room)
{
    char *memory = malloc(room + GUARD), *to = memory;
    memset(memory + room, '!', GUARD);
    uint64_t lines = 0;
    enum wire_batch_stop stop = wire_batch_write(b, &to, memory + room, &lines);
    records_reserve(&out->records, (size_t)(to - memory));
    memcpy(out->records.end, memory, (size_t)(to - memory));
    out->records.end += to - memory;
    out->records.lines += lines;
    out->plain += lines;
    for (size_t i = 0; i < GUARD; i++)
        out->overruns += memory[room + i] != '!';
    free(memory);
    return stop;
}

/* Takes the whole lines of the text, the plain ones by batch. Returns where they end. */
static const char *take_by_batch(struct wire_batch *b, struct grammar *g, const char *text, const char *end, bool ended,
                                 struct output *out)
{
    const char *last = end;
    while (!ended && last > text && last[-1] != '\n')
        last--;
    wire_batch_stamp(b, g->time, g->source);
    wire_batch_open(b, text, end, ended);
    size_t room = chance(4) ? ROOM_MOST : 100 + chance(1000);
    for (;;) {
        uint64_t before = out->plain;
        enum wire_batch_stop stop = write_in_room(b, out, room);
        if (stop == WIRE_BATCH_FULL && out->plain > before)
            continue;
        if (b->next >= last)
            return b->next;
        wire_batch_skip(b, grammar_take_next(g, b->next, last, &out->records));
    }
}

/* The text stands in memory of its size and the slack, in which anything can be. */
static char *copy_with_slack(const char *text, size_t length)
{
    char *copy = malloc(length + WIRE_BATCH_SLACK);
    memcpy(copy, text, length);
    for (size_t i = 0; i < WIRE_BATCH_SLACK; i++)
        copy[length + i] = any_byte();
    return copy;
}

static bool compare(struct wire_batch *b, struct grammar *g, const char *text, size_t length, struct output *batch,
                    struct records *grammar)
{
    bool ended = chance(2);
    char *copy = copy_with_slack(text, length);
    batch->records.end = batch->records.text;
    grammar->end = grammar->text;
    batch->records.lines = grammar->lines = 0;
    const char *end = take_by_batch(b, g, copy, copy + length, ended, batch);
    const char *p = copy;
    while (p < end)
        p = grammar_take_next(g, p, end, grammar);
    bool whole = ended ? end == copy + length : !memchr(end, '\n', (size_t)(copy + length - end));
    free(copy);
    return whole && records_equal(&batch->records, grammar);
}

static void test_agreement(void)
{
    static const struct span sources[] = {
        { "", 0 },
        { "127.0.0.1:8125", 14 },
        SPAN("a source\tof as many bytes as there can be, which is eighty, not counting the end")
    };
    struct wire_batch b;
    struct grammar g = { .time = 1 };
    struct output batch = { .plain = 0 };
    struct records grammar = { .text = NULL };
    struct wire_options options = wire_defaults;
    uint64_t lines = 0;
    unsigned kept_options = 0; /* of the batch, which remembers what came of them */
    bool is_new = true;
    int wrong = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char text[TEXT_MAX], *to = text;
        if (!chance(300) && round) {
            wire_batch_free(&b);
            kept_options = (unsigned)chance(256);
            is_new = true;
        }
        for (size_t count = 1 + chance(chance(8) ? 12 : 40); count; count--)
            to = make_line(to);
        options.max_name = chance(8) ? 4096 : chance(40);
        options.raw_names = kept_options & 32;
        options.flavours = kept_options & 64 ? kept_options & TAGS_ALL : TAGS_ALL;
        g.max_line = chance(8) ? 65536 : chance(40);
        g.time = chance(2) ? g.time : (int64_t)(chance(1u << 31) * chance(3000));
        g.source = sources[chance(3)];
        wire_init(&g.wire, &options);
        if (is_new)
            wire_batch_init(&b, g.max_line, 0, &options);
        is_new = false;
        if (!chance(3)) /* after a rest it looks at nothing for a while */
            b.rest = b.next_rest = b.odd = 0;
        b.max_line = g.max_line;
        b.options.max_name = options.max_name;
        wrong += !compare(&b, &g, text, (size_t)(to - text), &batch, &grammar);
        lines += grammar.lines;
        wire_free(&g.wire);
    }
    tap_ok(wrong == 0, "%d texts of %llu lines, %llu of them plain; %d texts read otherwise than by the grammar",
           ROUNDS, (unsigned long long)lines, (unsigned long long)batch.plain, wrong);
    tap_ok(!batch.overruns, "nothing is written beyond the room");
    tap_ok(batch.plain > lines / 10, "enough of them are plain");
    wire_batch_free(&b);
    free(batch.records.text);
    free(grammar.text);
}

/* Runs of plain lines of every length between tagged ones, after which lines are read by their
 * marks again, and a line for the grammar at each place. */
static void test_turns(void)
{
    enum { MOST = 20 };
    struct wire_batch b;
    struct grammar g = { .time = 1500, .max_line = 65536 };
    struct output batch = { .plain = 0 };
    struct records grammar = { .text = NULL };
    uint64_t lines = 0, plain = 0;
    int wrong = 0;
    wire_init(&g.wire, &wire_defaults);
    wire_batch_init(&b, 65536, 0, &wire_defaults);
    for (int length = 0; length < MOST; length++)
        for (int odd = 0; odd < 2 * length + 2; odd++) {
            char text[TEXT_MAX], *to = text;
            b.rest = b.next_rest = b.odd = 0;
            for (int i = 0; i < 2 * length + 2; i++)
                to = chance_text(to, i == odd ? "o:1:2|c\n" : i % (length + 1) ? "plain:1|c\n" : "t:1|g|#k:v,l:w\n");
            wrong += !compare(&b, &g, text, (size_t)(to - text), &batch, &grammar);
            lines += (uint64_t)(2 * length + 2);
            plain += (uint64_t)(2 * length + 1);
        }
    tap_ok(!wrong && batch.plain == plain && plain < lines, "%llu lines in turns (%d wrong)", (unsigned long long)lines,
           wrong);
    wire_batch_free(&b);
    wire_free(&g.wire);
    free(batch.records.text);
    free(grammar.text);
}

static void init_batch(struct wire_batch *b, size_t max_line, size_t max_name)
{
    struct wire_options options = wire_defaults;
    options.max_name = max_name;
    wire_batch_init(b, max_line, 600000, &options);
}

/* Rates are compared with the last one by words, which do not tell how long they are. */
static void test_rates(void)
{
    static const char text[] = "a:1|c|@0.1\nb:1|c|@\0000.1\n";
    char *copy = copy_with_slack(text, sizeof text - 1), records[512], *to = records;
    struct wire_batch b;
    uint64_t lines = 0;
    struct wire_options options = wire_defaults;
    wire_batch_init(&b, 65536, 600000, &options);
    wire_batch_stamp(&b, 1500, SPAN(""));
    wire_batch_open(&b, copy, copy + sizeof text - 1, false);
    tap_ok(wire_batch_write(&b, &to, records + sizeof records, &lines) == WIRE_BATCH_ODD && lines == 1,
           "a rate with a NUL in front is not the one before it");
    wire_batch_free(&b);
    free(copy);
}

/* How many of the text's lines are taken, and what becomes of them. */
static bool takes_at(int64_t time, const char *text, size_t length, bool ended, uint64_t lines,
                     enum wire_batch_stop stop, const char *expected)
{
    char records[1024], *to = records;
    char *copy = copy_with_slack(text, length);
    struct wire_batch b;
    uint64_t taken = 0;
    init_batch(&b, 65536, 200);
    wire_batch_stamp(&b, time, SPAN(""));
    wire_batch_open(&b, copy, copy + length, ended);
    enum wire_batch_stop stopped = wire_batch_write(&b, &to, records + sizeof records, &taken);
    bool good = taken == lines && stopped == stop && (size_t)(to - records) == strlen(expected) &&
                memcmp(records, expected, strlen(expected)) == 0;
    if (!good)
        tap_note("took %d, said %d, wrote %.*s", (int)taken, (int)stopped, (int)(to - records), records);
    free(copy);
    wire_batch_free(&b);
    return good;
}

static bool takes(const char *text, size_t length, bool ended, uint64_t lines, enum wire_batch_stop stop,
                  const char *expected)
{
    return takes_at(1500, text, length, ended, lines, stop, expected);
}

static void test_plain(void)
{
    static const struct {
        const char *line, *record;
    } cases[] = {
        { "a:1|c", "a\tc\t1\t1\t1.500\n" },
        { "a.b-c_d=e:12.5|ms", "a.b-c_d=e\tms\t12.5\t1\t1.500\n" },
        { "a.:0|g", "a.\tg\t0\t1\t1.500\n" },
        { "x:0|g", "x\tg\t0\t1\t1.500\n" },
        { "x:1|h", "x\th\t1\t1\t1.500\n" },
        { "x:1.|d", "x\td\t1.\t1\t1.500\n" },
        { "x:.5|d", "x\td\t.5\t1\t1.500\n" },
        { "users:bob-17|s", "users\ts\tbob-17\t1\t1.500\n" },
        { "u:a.b_c=d|s", "u\ts\ta.b_c=d\t1\t1.500\n" },
        { "users:17|s", "users\ts\t17\t1\t1.500\n" },
        { "users:abcdefghijklmnopqrstuvwxyz|s", "users\ts\tabcdefghijklmnopqrstuvwxyz\t1\t1.500\n" },
        { "a:1|c|@0.1", "a\tc\t1\t0.1\t1.500\n" },
        { "a:.5|ms|@1", "a\tms\t.5\t1\t1.500\n" },
        { "a:1|c|@0.123456", "a\tc\t1\t0.123456\t1.500\n" },
        { "a:1234567890123456|c", "a\tc\t1234567890123456\t1\t1.500\n" },
        { "a:1|c\r", "a\tc\t1\t1\t1.500\n" },
        { "a:1|c|@0.1\r", "a\tc\t1\t0.1\t1.500\n" },
        { "abcdefghijklmnopqrstuvwxyz.ABCDEFGHIJKLMNOPQRSTUVWXYZ.0123456789:1|c",
          "abcdefghijklmnopqrstuvwxyz.ABCDEFGHIJKLMNOPQRSTUVWXYZ.0123456789\tc\t1\t1\t1.500\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256], twice[256];
        int length = snprintf(text, sizeof text, "%s\n%s\n", cases[i].line, cases[i].line);
        snprintf(twice, sizeof twice, "%s%s", cases[i].record, cases[i].record);
        tap_ok(takes(text, (size_t)length, false, 2, WIRE_BATCH_END, twice), "plain: %s", cases[i].line);
        tap_ok(takes(text, (size_t)length - 1, true, 2, WIRE_BATCH_END, twice), "plain at the end: %s", cases[i].line);
        tap_ok(takes(text, (size_t)length - 1, false, 1, WIRE_BATCH_END, cases[i].record), "torn: %s", cases[i].line);
    }
}

/* The tags of a field, a time, and names that are not plain, made and then remembered. */
static void test_tagged(void)
{
    static const struct {
        const char *line, *record;
    } cases[] = {
        { "a:1|c|#k", "a;k=true\tc\t1\t1\t1.500\n" },
        { "a:1|c|#l:2,k:1,l:3", "a;k=1;l=3\tc\t1\t1\t1.500\n" },
        { "a:1|c|#", "a\tc\t1\t1\t1.500\n" },
        { "a:1|c|#:,k:", "a\tc\t1\t1\t1.500\n" },
        { "a:1|c|@0.1|#k:v/w", "a;k=v-w\tc\t1\t0.1\t1.500\n" },
        { "a:1|c|#k:v|@0.1", "a;k=v\tc\t1\t0.1\t1.500\n" },
        { "a:1|c|z:1", "a\tc\t1\t1\t1.500\n" },
        { "a:1|c|c:ci-1/2|#k:v|e:x", "a;k=v\tc\t1\t1\t1.500\n" },
        { "a/b:1|c", "a-b\tc\t1\t1\t1.500\n" },
        { "a b:1|c|#k:v", "a_b;k=v\tc\t1\t1\t1.500\n" },
        { "a\x80:1|c", "a\tc\t1\t1\t1.500\n" },
        { "a;l=2;k=1:1|g", "a;k=1;l=2\tg\t1\t1\t1.500\n" },
        { "a,k=v:1:2|s", "a;k=v:1\ts\t2\t1\t1.500\n" },
        { "a[k=v]b:1|ms\r", "ab;k=v\tms\t1\t1\t1.500\n" },
        { "a:1|c|T1000000000", "a\tc\t1\t1\t1000000000.000\n" },
        { "a:1|c|@0.5|#k:v|T1000000599", "a;k=v\tc\t1\t0.5\t1000000599.000\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256], thrice[256];
        const char *line = cases[i].line, *record = cases[i].record;
        int length = snprintf(text, sizeof text, "%s\n%s\n%s\n", line, line, line);
        snprintf(thrice, sizeof thrice, "%s%s%s", record, record, record);
        int64_t time = strchr(line, 'T') ? 1000000000500 : 1500;
        tap_ok(takes_at(time, text, (size_t)length, false, 3, WIRE_BATCH_END, thrice), "tagged: %s", line);
        tap_ok(takes_at(time, text, (size_t)length - 1, true, 3, WIRE_BATCH_END, thrice), "tagged at the end: %s",
               line);
    }
}

static void test_odd(void)
{
    static const char *const lines[] = {
        "a:.|c",
        "a:1..2|c",
        "a:1.2.3|c",
        "a:1x|c",
        "a:|s",
        "a:|c",
        ":1|c",
        "a:1|m",
        "a:1|mc",
        ".:1|c",
        "..:1|c",
        "a:1|x",
        "a:1|",
        "a:1",
        "a",
        "",
        "a:1|c\r\r",
        "a:1\r|c",
        "a:1|c\r|@0.1",
        "a:1|c|@0.1\rx",
        "a:1|c\rx",
        "a:1|c|\r",
        "a:1|c|",
        "a:1|cs",
        "a:-1|g",
        "a:1|c|@",
        "a:1|c|@0",
        "a:1|c|@2",
        "a:1|c|@x",
        "a:1|c|x.1",
        "a:1|c|@-1",
        "a:1:2|c",
        "a:1|c:2|c",
        "_e{1}:1|c",
        "a:1|c|#k|#l",
        "a:1|c|@0.1|@0.2",
        "a:1|c|T1|T1",
        "a;k=v:1|c|#l",
        "a:1|c|T0000000001",
        "a:1|c|T1000000000",
        "a:1|c|Tabcdefghij",
        "a:1|c|#k:2|x",
        "a:1|c|#k|",
        "\x80:1|c",
        "a;b:1|x",
        "a;b:-1|g",
        "_sc|a;b:1|c",
        "a:x\x80|s",
        "a:x y|s",
        "a:12345678901234567|c",
        "a:1|c|x@0.1",
        "a:1|c|@0.123456789",
        "a:1.345678901234567890123456789012x|c",
        "a:1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx|c",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[256];
        int length = snprintf(text, sizeof text, "b:1|c\n%s\nb:1|c\n", lines[i]);
        tap_ok(takes(text, (size_t)length, false, 1, WIRE_BATCH_ODD, "b\tc\t1\t1\t1.500\n"), "odd: line %zu", i);
        enum wire_batch_stop stop = *lines[i] ? WIRE_BATCH_ODD : WIRE_BATCH_END;
        tap_ok(takes(text, (size_t)length - 7, true, 1, stop, "b\tc\t1\t1\t1.500\n"), "odd at the end: line %zu", i);
    }
}

static void test_limits(void)
{
    static const char text[] = "abc:1|c\nabcd:1|c\n";
    struct wire_batch b;
    char *copy = copy_with_slack(text, sizeof text - 1), records[512];
    for (size_t i = 0; i < 2; i++) {
        char *to = records;
        uint64_t lines = 0;
        init_batch(&b, i ? 7 : 65536, i ? 200 : 3);
        wire_batch_stamp(&b, 1500, SPAN(""));
        wire_batch_open(&b, copy, copy + sizeof text - 1, false);
        tap_ok(wire_batch_write(&b, &to, records + sizeof records, &lines) == WIRE_BATCH_ODD && lines == 1 &&
                   b.next == copy + 8,
               "%s that is too long is left to others", i ? "a line" : "a name");
        wire_batch_free(&b);
    }
    free(copy);
}

/* Where no line is plain, most are not looked at; where there are plain ones again, it is found
 * soon. */
static void test_rest(void)
{
    enum { COUNT = 2000, LENGTH = 6 };
    static char text[2 * COUNT * LENGTH + WIRE_BATCH_SLACK], records[COUNT * 32];
    char *to = records;
    struct wire_batch b;
    uint64_t lines = 0;
    int rounds = 0;
    for (size_t i = 0; i < (size_t)2 * COUNT; i++)
        memcpy(text + i * LENGTH, i < COUNT ? "a:-|g\n" : "a:1|g\n", LENGTH);
    const char *end = text + (size_t)2 * COUNT * LENGTH;
    init_batch(&b, 65536, 200);
    wire_batch_stamp(&b, 1500, SPAN(""));
    wire_batch_open(&b, text, end, false);
    for (; wire_batch_write(&b, &to, records + sizeof records, &lines) == WIRE_BATCH_ODD; rounds++)
        wire_batch_skip(&b, b.next + LENGTH);
    tap_ok(b.next == end && lines + (uint64_t)rounds == (size_t)2 * COUNT && lines < COUNT && rounds < COUNT + 600,
           "%d plain lines behind %d odd ones, %d of them taken", COUNT, COUNT, (int)lines);
    wire_batch_free(&b);
}

/* In room of every size. */
static void test_room(void)
{
    static const char text[] = "a:1|c\nb:2|g|@0.1\na.longer.name.of.a.series:1234.5|ms\na:1|c\n";
    static char copy[sizeof text + WIRE_BATCH_SLACK];
    char records[1024];
    struct output out = { .records = { .text = records, .end = records, .capacity = sizeof records } };
    struct wire_batch b;
    int wrong = 0;
    memcpy(copy, text, sizeof text);
    init_batch(&b, 65536, 200);
    wire_batch_stamp(&b, 1500, SPAN(""));
    for (size_t room = 0; room < 400; room++) {
        out.records.end = records;
        out.records.lines = 0;
        wire_batch_open(&b, copy, copy + sizeof text - 1, false);
        enum wire_batch_stop stop = write_in_room(&b, &out, room);
        wrong += stop != (out.records.lines < 4 ? WIRE_BATCH_FULL : WIRE_BATCH_END) ||
                 (room >= WIRE_BATCH_ROOM && !out.records.lines);
    }
    tap_ok(!wrong && out.records.lines == 4, "it is full when it is full");
    tap_ok(!out.overruns, "and nothing is written beyond it");
    wire_batch_free(&b);
}

/* Many lines, and a line of many bytes, cross the sizes in which text is marked. */
static void test_long(void)
{
    enum { COUNT = 30000, LENGTH = 8 };
    size_t size = (size_t)COUNT * LENGTH, most = (size_t)COUNT * 32;
    char *text = calloc(size + WIRE_BATCH_SLACK, 1), *records = malloc(most), *to = records;
    struct wire_batch b;
    uint64_t lines = 0;
    for (size_t i = 0; i < COUNT; i++)
        memcpy(text + i * LENGTH, i % 3 ? "abc:1|c\n" : "ab:12|g\n", LENGTH);
    init_batch(&b, 1 << 30, 1 << 30);
    wire_batch_stamp(&b, 1500, SPAN(""));
    wire_batch_open(&b, text, text + size, false);
    tap_ok(wire_batch_write(&b, &to, records + most, &lines) == WIRE_BATCH_END && lines == COUNT, "%d lines", COUNT);
    tap_ok(b.next == text + size, "to the last");
    memset(text, 'a', size);
    memcpy(text + size - 5, ":1|c\n", 5);
    wire_batch_open(&b, text, text + size, false);
    to = records;
    lines = 0;
    tap_ok(wire_batch_write(&b, &to, records + most, &lines) == WIRE_BATCH_END && !lines && b.next == text,
           "a line of %d bytes is left to others", (int)size);
    memset(text, ':', size);
    wire_batch_open(&b, text, text + size, true);
    tap_ok(wire_batch_write(&b, &to, records + most, &lines) == WIRE_BATCH_END && !lines && b.next == text,
           "and one of nothing but marks");
    char *little = copy_with_slack("a:1|c\na:1|c\na:1|c\n\n", 19);
    wire_batch_open(&b, little, little + 19, true);
    tap_ok(wire_batch_write(&b, &to, records + most, &lines) == WIRE_BATCH_ODD && lines == 3,
           "a short text after that");
    wire_batch_free(&b);
    free(little);
    free(text);
    free(records);
}

int main(void)
{
    test_plain();
    test_tagged();
    test_odd();
    test_limits();
    test_long();
    test_rates();
    test_room();
    test_rest();
    test_agreement();
    test_turns();
    return tap_done();
}
