#include "format/aggregate.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "format/columns.h"

static const char *const letters[AGGREGATE_TYPES] = {
    [AGGREGATE_COUNTER] = "c", [AGGREGATE_TIMER] = "ms", [AGGREGATE_GAUGE] = "g",
    [AGGREGATE_SET] = "s",     [AGGREGATE_OWN] = "own",
};

/* The statistics of each type. One that ends in `_` stands for itself with a percentile behind it, one that ends in `.` for
 * itself with any word behind it. */
static const char *const statistics[AGGREGATE_TYPES][24] = {
    [AGGREGATE_COUNTER] = { "count", "rate" },
    [AGGREGATE_TIMER] = { "count", "count_ps", "lower", "upper", "sum", "sum_squares", "mean", "median", "std",
                          "count_", "mean_", "upper_", "lower_", "sum_", "sum_squares_", "histogram", "histogram." },
    [AGGREGATE_GAUGE] = { "value" },
    [AGGREGATE_SET] = { "count" },
    [AGGREGATE_OWN] = { NULL },
};

const char *aggregate_type_letters(enum aggregate_type type)
{
    return letters[type];
}

static int find_type(struct span text)
{
    for (int type = 0; type < AGGREGATE_TYPES; type++)
        if (span_is(text, letters[type]))
            return type;
    return -1;
}

static bool is_percentile(struct span text)
{
    if (text.length > 3 && memcmp(text.text, "top", 3) == 0)
        text = (struct span){ text.text + 3, text.length - 3 };
    if (!text.length)
        return false;
    for (size_t i = 0; i < text.length; i++)
        if ((text.text[i] < '0' || text.text[i] > '9') && text.text[i] != '_')
            return false;
    return true;
}

static bool statistic_matches(struct span statistic, const char *pattern)
{
    if (!statistic.length || *statistic.text != *pattern)
        return false;
    size_t length = strlen(pattern);
    if (pattern[length - 1] != '_' && pattern[length - 1] != '.')
        return span_is(statistic, pattern);
    if (statistic.length <= length || memcmp(statistic.text, pattern, length) != 0)
        return false;
    struct span rest = { statistic.text + length, statistic.length - length };
    return pattern[length - 1] == '.' || is_percentile(rest);
}

bool aggregate_type_has(enum aggregate_type type, struct span statistic)
{
    if (type == AGGREGATE_OWN)
        return statistic.length > 0;
    for (const char *const *pattern = statistics[type]; *pattern; pattern++)
        if (statistic_matches(statistic, *pattern))
            return true;
    return false;
}

static bool is_number(struct span text, double *number)
{
    return number_parse(text.text, text.length, number) == NUMBER_OK;
}

/* A record's type is one of seven and its fourth column a sample rate; its value is a number, but a set's. */
static bool looks_like_record(const struct span *columns)
{
    static const char *const types[] = { "c", "ms", "h", "d", "g", "gd", "s" };
    double number;
    int64_t time;
    bool known = false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        known |= span_is(columns[1], types[i]);
    return known && (is_number(columns[2], &number) || span_is(columns[1], "s")) && is_number(columns[3], &number) &&
           number > 0 && number <= 1 && clock_parse(columns[4].text, columns[4].length, &time);
}

static enum aggregate_error check(const struct span *columns, struct aggregate *a, struct span *culprit)
{
    int type = find_type(columns[1]);
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
    [AGGREGATE_UNKNOWN_TYPE] = { "unknown type", "expected c, ms, g, s or own" },
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
    for (const char *l = letters[type]; *l; l++)
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
