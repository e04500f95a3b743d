#include "format/aggregate.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "format/columns.h"

static bool is_number(struct span text, double *number)
{
    return number_parse(text.text, text.length, number) == NUMBER_OK;
}

/* A record's type is followed by its value, which is mostly a number, and by a sample rate. */
static bool looks_like_record(const struct span *columns)
{
    double number;
    int64_t time;
    int type = record_type_find(columns[1]);
    return type >= 0 && (is_number(columns[2], &number) || record_type_has_members((enum record_type)type)) &&
           is_number(columns[3], &number) && number > 0 && number <= 1 &&
           clock_parse(columns[4].text, columns[4].length, &time);
}

static enum aggregate_error check(const struct span *columns, struct aggregate *a, struct span *culprit)
{
    int type = aggregate_type_find(columns[1]);
    *culprit = columns[1];
    if (type < 0)
        return AGGREGATE_UNKNOWN_TYPE;
    a->type = (enum aggregate_type)type;
    *culprit = a->statistic = columns[2];
    if (!aggregate_type_has(a->type, a->statistic))
        return AGGREGATE_BAD_STATISTIC;
    *culprit = a->value = columns[3];
    if (!is_number(a->value, &a->number))
        return AGGREGATE_BAD_VALUE;
    *culprit = a->time_text = columns[4];
    return clock_parse(a->time_text.text, a->time_text.length, &a->time) ? AGGREGATE_OK : AGGREGATE_BAD_TIME;
}

enum aggregate_error aggregate_parse(const char *line, size_t length, struct aggregate *a, struct span *culprit)
{
    struct span columns[5];
    *culprit = (struct span){ line, length };
    if (columns_split(line, length, columns, 5) < 5)
        return AGGREGATE_COLUMNS;
    a->series = columns[0];
    if (!a->series.length)
        return AGGREGATE_NO_SERIES;
    enum aggregate_error error = check(columns, a, culprit);
    if ((error != AGGREGATE_UNKNOWN_TYPE && error != AGGREGATE_BAD_STATISTIC) || !looks_like_record(columns))
        return error;
    *culprit = (struct span){ line, length };
    return AGGREGATE_RECORD;
}

static const struct {
    const char *what, *why;
} errors[] = {
    [AGGREGATE_OK] = { "good aggregate", "nothing else" },
    [AGGREGATE_COLUMNS] = { "bad aggregate", "expected five columns separated by TABs" },
    [AGGREGATE_NO_SERIES] = { "bad aggregate", "expected a series in the first column" },
    [AGGREGATE_UNKNOWN_TYPE] = { "unknown type", "expected " AGGREGATE_TYPE_WORDS },
    [AGGREGATE_BAD_STATISTIC] = { "bad statistic", "expected one that its type has" },
    [AGGREGATE_BAD_VALUE] = { "bad value", "expected a number" },
    [AGGREGATE_BAD_TIME] = { "bad time", "expected Unix seconds" },
    [AGGREGATE_RECORD] = { "bad aggregate", "this looks like a record: is statsd-agg missing before" },
    [AGGREGATE_TORN] = { "torn aggregate", "the last line has no line end" },
    [AGGREGATE_TOO_LONG] = { "bad aggregate", "the line is longer than --max-line" },
};

const char *aggregate_error_what(enum aggregate_error error)
{
    return errors[error].what;
}

const char *aggregate_error_why(enum aggregate_error error)
{
    return errors[error].why;
}

bool aggregate_ends_interval(const struct aggregate *a)
{
    return a->type == AGGREGATE_OWN && span_is(a->statistic, "numStats");
}

char *aggregate_unescape(char *to, struct span column)
{
    return columns_unescape(to, column);
}

struct span aggregate_escaped(struct span text)
{
    char *escaped = xmalloc(2 * text.length);
    return (struct span){ escaped, (size_t)(columns_escape(escaped, text) - escaped) };
}

size_t aggregate_size(struct span series, struct span statistic)
{
    return series.length + statistic.length + NUMBER_TEXT_MAX + CLOCK_TEXT_MAX + 8;
}

static char *put(char *to, struct span from)
{
    memcpy(to, from.text, from.length);
    return to + from.length;
}

char *aggregate_write(char *to, struct span series, enum aggregate_type type, struct span statistic, double value,
                      struct span time_text)
{
    to = put(to, series);
    *to++ = '\t';
    for (const char *l = aggregate_type_letters(type); *l; l++)
        *to++ = *l;
    *to++ = '\t';
    to = put(to, statistic);
    *to++ = '\t';
    to += number_format(value, to);
    *to++ = '\t';
    to = put(to, time_text);
    *to++ = '\n';
    return to;
}
