/* The writing half of record. */
#include "format/record.h"

#include "base/clock.h"
#include "format/columns.h"

/* The type's column with the TABs around it. */
static const struct {
    char text[4];
    size_t length;
} type_columns[RECORD_TYPES] = {
#define COLUMN(place, name, letters, first, second, ...)                                                               \
    [RECORD_##name] = { RECORD_TYPE_COLUMN(first, second), RECORD_TYPE_COLUMN_LENGTH(first, second) },
    RECORD_TYPE_ROWS(COLUMN)
#undef COLUMN
};

/* memcpy for lengths of a few dozen bytes, most of which a call would spend on being called. */
static inline char *put(char *to, struct span from)
{
    const char *text = from.text;
    size_t length = from.length;
    if (length > 64) {
        memcpy(to, text, length);
    } else if (length >= 16) {
        memcpy(to, text, 16);
        if (length > 32) {
            memcpy(to + 16, text + 16, 16);
            memcpy(to + length - 32, text + length - 32, 16);
        }
        memcpy(to + length - 16, text + length - 16, 16);
    } else if (length >= 8) {
        memcpy(to, text, 8);
        memcpy(to + length - 8, text + length - 8, 8);
    } else if (length >= 4) {
        memcpy(to, text, 4);
        memcpy(to + length - 4, text + length - 4, 4);
    } else if (length) {
        to[0] = text[0];
        to[length / 2] = text[length / 2];
        to[length - 1] = text[length - 1];
    }
    return to + length;
}

static inline char *put_time(char *to, int64_t time, struct record_stamp *stamp)
{
    if (!stamp->length || stamp->time != time) {
        stamp->time = time;
        stamp->length = clock_format_millis(time, stamp->text);
    }
    memcpy(to, stamp->text, CLOCK_TEXT_MAX);
    return to + stamp->length;
}

char *record_write_stamped(char *to, const struct sample *s, struct span source, struct record_stamp *stamp)
{
    to = s->plain ? put(to, s->series) : columns_escape(to, s->series);
    memcpy(to, type_columns[s->type].text, 4);
    to += type_columns[s->type].length;
    to = s->plain || !record_type_has_members(s->type) ? put(to, s->value) : columns_escape(to, s->value);
    *to++ = '\t';
    to = put(to, s->rate);
    *to++ = '\t';
    to = put_time(to, s->time, stamp);
    if (source.length) {
        *to++ = '\t';
        to = columns_escape(to, source);
    }
    *to++ = '\n';
    return to;
}

char *record_write(char *to, const struct sample *s, struct span source)
{
    struct record_stamp stamp = { .length = 0 };
    return record_write_stamped(to, s, source, &stamp);
}

size_t record_reject_size(struct span where, struct span reason, struct span bytes)
{
    return CLOCK_TEXT_MAX + 2 * (where.length + reason.length + bytes.length) + 4;
}

char *record_reject(char *to, int64_t time, struct span where, struct span reason, struct span bytes)
{
    to += clock_format_millis(time, to);
    const struct span columns[] = { where, reason, bytes };
    for (size_t i = 0; i < 3; i++) {
        *to++ = '\t';
        to = columns_escape(to, columns[i]);
    }
    *to++ = '\n';
    return to;
}
