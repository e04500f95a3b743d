/* aggregate: one statistic of one series over one interval, a line of five columns, `series type
 * statistic value time`, between TABs (statsd-aggregate(5)).
 *
 * No other module counts an aggregate's TABs. Parsing writes nothing into its input and allocates
 * nothing; writing goes to memory the caller has made room for. */
#ifndef FORMAT_AGGREGATE_H
#define FORMAT_AGGREGATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "format/statistics.h"
#include "format/types.h"

struct aggregate {
    struct span series; /* escaped, as it stands in the line */
    enum aggregate_type type;
    struct span statistic; /* also escaped */
    struct span value;     /* the text of a number */
    double number;         /* the same, as a double */
    struct span time_text; /* as it stands in the line */
    int64_t time;          /* milliseconds since 1970, cut */
};

enum aggregate_error {
    AGGREGATE_OK,
    AGGREGATE_COLUMNS, /* fewer than five */
    AGGREGATE_NO_SERIES,
    AGGREGATE_UNKNOWN_TYPE,  /* of a later version: skip and count it */
    AGGREGATE_BAD_STATISTIC, /* none that its type has */
    AGGREGATE_BAD_VALUE,
    AGGREGATE_BAD_TIME,
    AGGREGATE_RECORD,  /* this is a record's line */
    AGGREGATE_TORN,    /* the last line has no LF; aggregate_parse cannot see it, rows.h does */
    AGGREGATE_TOO_LONG /* longer than --max-line; the same */
};

/* Reads the line (without its end) into *a, whose spans point into it. On an error *culprit is the
 * column to blame (the line itself where there is none). Columns after the fifth are ignored. */
enum aggregate_error aggregate_parse(const char *line, size_t length, struct aggregate *a, struct span *culprit);

/* What is wrong, to be followed by the culprit, and what was expected. AGGREGATE_RECORD's why asks
 * "this looks like a record: is statsd-agg missing before PROGRAM?"; rows.h adds the name and the
 * question mark. */
const char *aggregate_error_what(enum aggregate_error error);
const char *aggregate_error_why(enum aggregate_error error);

/* True for the row that ends an interval: type own, statistic numStats. */
bool aggregate_ends_interval(const struct aggregate *a);

/* Writes an escaped column's plain bytes to `to` (room for its length) and returns the end. */
char *aggregate_unescape(char *to, struct span column);

/* The text as a column has it, escaped, in memory the caller frees. */
struct span aggregate_escaped(struct span text);

/* The most bytes aggregate_write writes. series and statistic are escaped already, as records have
 * them. */
size_t aggregate_size(struct span series, struct span statistic);

/* Writes the aggregate and its LF to `to` and returns the end. value must be finite; time_text is
 * clock_format's. */
char *aggregate_write(char *to, struct span series, enum aggregate_type type, struct span statistic, double value,
                      struct span time_text);

#endif
