#include "format/record.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "format/aggregate.h"
#include "format/columns.h"

static bool is_number(struct span text, double *number)
{
    return number_parse(text.text, text.length, number) == NUMBER_OK;
}

static bool is_time(struct span text, bool far, int64_t *time)
{
    return clock_parse(text.text, text.length, time) || (far && clock_parse_far(text.text, text.length, time));
}

static enum record_error check(const struct span *columns, bool far, struct record *r, struct span *culprit)
{
    int type = record_type_find(columns[1]);
    *culprit = columns[1];
    if (type < 0)
        return RECORD_BAD_TYPE;
    r->type = (enum record_type)type;
    *culprit = r->value = columns[2];
    r->number = 0;
    const enum record_value value = (enum record_value)record_traits[type].value;
    if (value == RECORD_VALUE_MEMBER && !r->value.length)
        return RECORD_NO_MEMBER;
    if (value != RECORD_VALUE_MEMBER && !is_number(r->value, &r->number))
        return RECORD_BAD_VALUE;
    if (value == RECORD_VALUE_NOT_NEGATIVE && r->number < 0)
        return RECORD_NEGATIVE;
    *culprit = columns[3];
    if (columns[3].length == 1 && columns[3].text[0] == '1')
        r->rate = 1;
    else if (!is_number(columns[3], &r->rate) || !(r->rate > 0 && r->rate <= 1))
        return RECORD_BAD_RATE;
    *culprit = columns[4];
    return is_time(columns[4], far, &r->time) ? RECORD_OK : RECORD_BAD_TIME;
}

static enum record_error parse(const char *line, size_t length, bool far, struct record *r, struct span *culprit)
{
    struct span columns[5];
    *culprit = (struct span){ line, length };
    if (columns_split(line, length, columns, 5) < 5)
        return RECORD_COLUMNS;
    r->series = columns[0];
    if (!r->series.length || *r->series.text == ';')
        return RECORD_NO_SERIES;
    enum record_error error = check(columns, far, r, culprit);
    struct aggregate aggregate;
    struct span ignored;
    if (error == RECORD_OK || aggregate_parse(line, length, &aggregate, &ignored) != AGGREGATE_OK)
        return error;
    *culprit = (struct span){ line, length };
    return RECORD_AGGREGATE;
}

enum record_error record_parse(const char *line, size_t length, struct record *r, struct span *culprit)
{
    return parse(line, length, false, r, culprit);
}

enum record_error record_parse_state(const char *line, size_t length, struct record *r, struct span *extra,
                                     struct span *culprit)
{
    struct span columns[6] = { { NULL, 0 } };
    bool is_empty = columns_split(line, length, columns, 6) >= 5 && !columns[2].length;
    *extra = columns[5];
    if (!is_empty)
        return parse(line, length, true, r, culprit);
    r->series = columns[0];
    columns[2] = SPAN("0");
    enum record_error error = r->series.length ? check(columns, true, r, culprit) : RECORD_NO_SERIES;
    r->value.length = 0;
    return error;
}

static const struct {
    const char *what, *why;
} errors[] = {
    [RECORD_OK] = { "good record", "nothing else" },
    [RECORD_COLUMNS] = { "bad record", "expected five columns separated by TABs" },
    [RECORD_NO_SERIES] = { "bad record", "expected a series in the first column" },
    [RECORD_BAD_TYPE] = { "bad type", "expected " RECORD_TYPE_WORDS },
    [RECORD_BAD_VALUE] = { "bad value", "expected a number" },
    [RECORD_NO_MEMBER] = { "bad value", "expected a member of the set" },
    [RECORD_NEGATIVE] = { "bad value", "a timer in ms cannot be negative" },
    [RECORD_BAD_RATE] = { "bad rate", "expected a number above 0 and up to 1" },
    [RECORD_BAD_TIME] = { "bad time", "expected Unix seconds" },
    [RECORD_AGGREGATE] = { "bad record", "this looks like an aggregate: it has been through statsd-agg already" },
    [RECORD_TORN] = { "torn record", "the last line has no line end" },
    [RECORD_TOO_LONG] = { "bad record", "the line is longer than --max-line" },
};

const char *record_error_what(enum record_error error)
{
    return errors[error].what;
}

const char *record_error_why(enum record_error error)
{
    return errors[error].why;
}

void record_canonical_init(struct record_canonical *c)
{
    *c = (struct record_canonical){ .text = NULL };
    series_init(&c->series);
}

void record_canonical_free(struct record_canonical *c)
{
    series_free(&c->series);
    free(c->text);
}

/* What is escaped may be escaped without need; a CR or NUL that is not, ought to be. */
bool record_is_canonical(struct span series)
{
    static const char suspects[] = { '\\', '\r', '\0' };
    for (size_t i = 0; i < sizeof suspects; i++)
        if (memchr(series.text, suspects[i], series.length))
            return false;
    return series_is_canonical(series);
}

struct span record_canonical(struct record_canonical *c, struct span series)
{
    if (c->capacity < 2 * series.length) {
        c->capacity = 2 * series.length;
        c->text = xreallocarray(c->text, c->capacity, 1);
    }
    size_t length = (size_t)(columns_unescape(c->text, series) - c->text);
    struct span canonical = series_canonical(&c->series, (struct span){ c->text, length });
    size_t needed = 2 * canonical.length;
    if (c->capacity < needed) {
        c->capacity = needed;
        c->text = xreallocarray(c->text, needed, 1);
    }
    return (struct span){ c->text, (size_t)(columns_escape(c->text, canonical) - c->text) };
}
