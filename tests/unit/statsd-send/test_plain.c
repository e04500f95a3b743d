/* What the fast way writes for a record is what line_write writes. */
#include "plain.h"

#include <stdlib.h>

#include "chance.h"
#include "format/columns.h"
#include "line.h"
#include "tap.h"

enum { ROUNDS = 500000 };

static char *put_some(char *to, const char *bytes, size_t count, size_t most)
{
    for (size_t length = chance(most); length; length--)
        *to++ = bytes[chance(count)];
    return to;
}

/* A record, or nearly one. */
static char *put_record(char *to)
{
    static const char *const types[] = { "c", "ms", "g", "h", "d", "s", "gd", "x", "mx", "" };
    static const char *const ends[] = { "\t1\t1700000000.123",   "\t1\t1700000000.123", "\t1\t1700000000.123",
                                        "\t0.5\t1700000000.123", "\t1\t1700000001.123", "\t1\t1700000000.123\tmore" };
    to = put_some(to, "abc.x_-", 7, 20);
    to = chance(10) ? to : put_some(to, ";=#:|,[ /\\\x80.", 12, 3);
    *to++ = '\t';
    to = chance_text(to, types[chance(chance(4) ? 5 : 10)]);
    *to++ = '\t';
    to = put_some(to, chance(10) ? "0123456789" : "0123-+.e4|", 10, 18);
    return chance_text(to, ends[chance(6)]);
}

int main(void)
{
    static char text[512], written[512];
    struct line_writer writer;
    struct plain_memo memo = { .length = 0 };
    unsigned taken = 0, wrong = 0;
    line_init(&writer, &(struct line_options){ TAGS_DOGSTATSD, false });
    for (int i = 0; i < ROUNDS; i++) {
        struct record r;
        struct span culprit, columns[5], series;
        size_t length = (size_t)(put_record(text) - text);
        char *end = plain_write(&memo, text, text + length, written, &series);
        bool is_record = record_parse(text, length, &r, &culprit) == RECORD_OK;
        if (end) {
            taken++;
            struct span line = { NULL, 0 };
            if (is_record && columns_split(text, length, columns, 5) == 5)
                line = line_write(&writer, &r, columns[3]);
            bool is_same = line.text && span_equal(line, span_between(written, end)) && span_equal(series, r.series);
            wrong += !is_same;
            if (!is_same && wrong < 4)
                tap_note("differs: %.*s", (int)length, text);
        } else if (is_record && columns_split(text, length, columns, 5) == 5) {
            plain_remember(&memo, columns[3].text, text + length);
        }
    }
    tap_ok(!wrong, "of %d records and others, the %u taken are written alike", ROUNDS, taken);
    tap_ok(taken > ROUNDS / 20, "many are taken");
    line_free(&writer);
    return tap_done();
}
