/* The round trip, record → line → record: over records at random and those given as files; and the
 * lines themselves, in every dialect of tags. */
#include "line.h"

#include <stdlib.h>

#include "chance.h"
#include "format/columns.h"
#include "tap.h"

enum { ROUNDS = 1000000, ROOM = 4096 };

static struct line_writer writer;

static struct span write_record(const char *text, size_t length)
{
    struct record r;
    struct span culprit, columns[5];
    if (record_parse(text, length, &r, &culprit) != RECORD_OK || columns_split(text, length, columns, 5) < 5)
        return (struct span){ NULL, 1 };
    return line_write(&writer, &r, columns[3]);
}

static void test_one(enum tags_flavour flavour, bool timestamps, const char *record, const char *expected)
{
    line_init(&writer, &(struct line_options){ flavour, timestamps });
    struct span line = write_record(record, strlen(record));
    bool is_right = expected ? line.text && span_is(line, expected) : !line.text && line.length == 0;
    tap_ok(is_right, "%s -> %s", record, expected ? expected : "nothing");
    if (!is_right)
        tap_note("%.*s", (int)line.length, line.text ? line.text : "");
    line_free(&writer);
}

static void test_lines(void)
{
    test_one(TAGS_DOGSTATSD, false, "a\tc\t1\t1\t1700000000.000", "a:1|c");
    test_one(TAGS_DOGSTATSD, true, "a\tc\t1\t0.1\t1700000000.900", "a:1|c|@0.1|T1700000000");
    test_one(TAGS_DOGSTATSD, false, "a;b=c;d=e:f\tms\t1.5e3\t1\t0", "a:1.5e3|ms|#b:c,d:e:f");
    test_one(TAGS_DOGSTATSD, true, "a;b=c\th\t-1\t1\t1", "a:-1|h|#b:c|T1");
    test_one(TAGS_GRAPHITE, false, "a;b=c;d=e\td\t1\t1\t1", "a;b=c;d=e:1|d");
    test_one(TAGS_INFLUX, false, "a;b=c;d=e\tg\t1\t1\t1", "a,b=c,d=e:1|g");
    test_one(TAGS_LIBRATO, false, "a;b=c;d=e\ts\tx y\t1\t1", "a#b=c,d=e:x y|s");
    test_one(TAGS_SIGNALFX, false, "a;b=c;d=e\tgd\t+1\t1\t1", "a[b=c,d=e]:+1|g");
    test_one(TAGS_DOGSTATSD, false, "a\tg\t-5\t1\t1", "a:0|g\na:-5|g");
    test_one(TAGS_DOGSTATSD, false, "a\tgd\t-5\t1\t1", "a:-5|g");
    test_one(TAGS_DOGSTATSD, false, "a\ts\tx|y\t1\t1", NULL);
    test_one(TAGS_DOGSTATSD, false, "a\ts\tx\\ny\t1\t1", NULL);
    test_one(TAGS_DOGSTATSD, false, "a\ts\tx\\\\y\t1\t1", "a:x\\y|s");
    test_one(TAGS_DOGSTATSD, false, "a b\tc\t1\t1\t1", NULL);
    test_one(TAGS_DOGSTATSD, false, "a;b=c,d\tc\t1\t1\t1", NULL);
}

/* Reads the lines as a server does. False: they do not give back the record. */
static bool gives_back(struct wire *wire, struct span lines, const struct record *r, struct span series,
                       struct span value, struct span rate)
{
    struct sample sample;
    const char *newline = memchr(lines.text, '\n', lines.length);
    enum record_type type = r->type;
    if (newline) {
        type = RECORD_GAUGE_DELTA;
        wire_open(wire, lines.text, (size_t)(newline - lines.text));
        if (wire_next(wire, &sample) != WIRE_SAMPLE || sample.type != RECORD_GAUGE || !span_is(sample.value, "0") ||
            !span_equal(sample.series, series) || wire_next(wire, &sample) != WIRE_END)
            return false;
        lines = span_between(newline + 1, lines.text + lines.length);
    }
    wire_open(wire, lines.text, lines.length);
    return wire_next(wire, &sample) == WIRE_SAMPLE && sample.type == type && span_equal(sample.series, series) &&
           span_equal(sample.value, value) && span_equal(sample.rate, rate) && wire_next(wire, &sample) == WIRE_END;
}

static const char name_bytes[] = "abcXYZ019_-.", tag_bytes[] = "abcXYZ019_-.:";

static char *put_word(char *to, const char *bytes, size_t count)
{
    for (size_t length = 1 + chance(12); length; length--)
        *to++ = bytes[chance(count)];
    return to;
}

static char *put_value(char *to, enum record_type type)
{
    static const char *const numbers[] = { "0", "1", "320", "0.5", "1e3", "1.25E-3", "123456789012", "3.14159" };
    if (record_type_has_members(type)) {
        static const char member_bytes[] = "abc XYZ;,#@/=[](){}\x80\xff+-.";
        return put_word(to, member_bytes, sizeof member_bytes - 1);
    }
    if (type == RECORD_GAUGE_DELTA)
        *to++ = chance(2) ? '-' : '+';
    else if (type != RECORD_TIMER && chance(4) == 0)
        *to++ = '-';
    return chance_text(to, numbers[chance(8)]);
}

/* Writes a record that the wire can say. */
static char *put_record(char *to)
{
    static const char *const rates[] = { "1", "1", "1", "0.1", "0.5", "1e-2", "0.001" };
    enum record_type type = (enum record_type)chance(RECORD_TYPES);
    to = put_word(to, name_bytes, sizeof name_bytes - 3);
    to = chance_text(to, "x");
    char key = 'a';
    for (size_t tags = chance(4); tags; tags--) {
        *to++ = ';';
        *to++ = key++;
        to = chance_text(to, "k=");
        to = put_word(to, tag_bytes, sizeof tag_bytes - 1);
    }
    *to++ = '\t';
    to = chance_text(to, record_type_letters(type));
    *to++ = '\t';
    to = put_value(to, type);
    *to++ = '\t';
    to = chance_text(to, rates[chance(7)]);
    return chance_text(to, "\t1700000000.123");
}

static void test_round_trips(enum tags_flavour flavour, const char *name)
{
    static char text[ROOM];
    struct wire wire;
    unsigned refused = 0, wrong = 0;
    wire_init(&wire, &wire_defaults);
    line_init(&writer, &(struct line_options){ flavour, false });
    for (int i = 0; i < ROUNDS / 5; i++) {
        size_t length = (size_t)(put_record(text) - text);
        struct record r;
        struct span culprit, columns[5];
        if (record_parse(text, length, &r, &culprit) != RECORD_OK || columns_split(text, length, columns, 5) < 5) {
            wrong++;
            continue;
        }
        struct span lines = line_write(&writer, &r, columns[3]);
        refused += !lines.text;
        wrong += lines.text && !gives_back(&wire, lines, &r, r.series, r.value, columns[3]);
        if (!lines.text && refused < 4)
            tap_note("refused: %.*s", (int)length, text);
    }
    tap_ok(!wrong, "%s: %d records at random come back", name, ROUNDS / 5);
    tap_ok(refused < ROUNDS / 500, "%s: %u of them are refused", name, refused);
    line_free(&writer);
    wire_free(&wire);
}

int main(void)
{
    test_lines();
    test_round_trips(TAGS_DOGSTATSD, "dogstatsd");
    test_round_trips(TAGS_GRAPHITE, "graphite");
    test_round_trips(TAGS_INFLUX, "influx");
    test_round_trips(TAGS_LIBRATO, "librato");
    test_round_trips(TAGS_SIGNALFX, "signalfx");
    return tap_done();
}
