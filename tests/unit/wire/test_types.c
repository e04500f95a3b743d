/* Each type of format/types.h on the wire: wire and wire_batch take those that clients send, as
 * themselves, and no other. */
#include "format/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "wire/batch.h"
#include "wire/wire.h"

/* What wire makes of a value: its type, or -1. */
static int wire_type(enum record_type type, const char *value, bool absolute_gauges)
{
    struct wire w;
    struct sample sample = { .type = RECORD_TYPES };
    struct wire_options options = wire_defaults;
    char line[64];
    options.absolute_gauges = absolute_gauges;
    int length = snprintf(line, sizeof line, "a:%s|%s|T1", value, record_type_letters(type));
    wire_init(&w, &options);
    wire_open(&w, line, (size_t)length);
    enum wire_event event = wire_next(&w, &sample);
    wire_free(&w);
    return event == WIRE_SAMPLE ? (int)sample.type : -1;
}

/* The letters in the record that the batch makes of a value, or an empty text. It leaves signs to
 * wire. */
static const char *batch_letters(enum record_type type, const char *value)
{
    static char letters[16];
    static struct wire_batch batch;
    char text[64 + WIRE_BATCH_SLACK] = "", records[1024], *to = records;
    uint64_t lines = 0;
    int length = snprintf(text, 64, "a:%s|%s\n", value, record_type_letters(type));
    wire_batch_init(&batch, 1000, 0, &wire_defaults);
    wire_batch_stamp(&batch, 1000, SPAN(""));
    wire_batch_open(&batch, text, text + length, false);
    wire_batch_write(&batch, &to, records + sizeof records, &lines);
    wire_batch_free(&batch);
    *to = '\0';
    if (lines != 1 || sscanf(records, "a\t%15[^\t]", letters) != 1)
        letters[0] = '\0';
    return letters;
}

static void test_type(enum record_type type)
{
    const struct record_traits *traits = &record_traits[type];
    const char *letters = record_type_letters(type);
    if (!traits->is_sent) {
        tap_ok(wire_type(type, "1", false) == -1 && !*batch_letters(type, "1"), "%s is no type of lines", letters);
        return;
    }
    bool is_refused = traits->value == RECORD_VALUE_NOT_NEGATIVE, is_member = traits->value == RECORD_VALUE_MEMBER;
    tap_ok(wire_type(type, "1", false) == (int)type, "%s is itself to wire", letters);
    tap_ok(strcmp(batch_letters(type, "1"), letters) == 0, "%s is itself to wire_batch", letters);
    tap_ok(wire_type(type, "+1", false) == traits->with_sign && wire_type(type, "+1", true) == (int)type,
           "%s with a sign", letters);
    tap_ok(wire_type(type, "-1", true) == (is_refused ? -1 : (int)type), "%s below 0", letters);
    tap_ok(wire_type(type, "x", false) == (is_member ? (int)type : -1), "%s of a member", letters);
    tap_ok((*batch_letters(type, "x") != '\0') == is_member, "the same to wire_batch");
}

int main(void)
{
    for (int type = 0; type < RECORD_TYPES; type++)
        test_type((enum record_type)type);
    return tap_done();
}
