/* aggregate_plain: the fast path of aggregate_parse, for who goes through a stretch of rows.
 *
 * Nearly every row has been written by statsd-agg: its series is visible ASCII without a backslash, its value digits with a
 * point perhaps, and its time the very bytes of the row before. So the line's end is not searched for; where each column ends
 * is found from the one before, mostly without a branch that depends on how long it is: the series 64 bytes at a time, type
 * and statistic by their TABs, the value by its digits, and the time is compared. Type and statistic together are the row's
 * kind. There are few, so the caller asks aggregate_plain_kind once for each and remembers the bytes of those that are good.
 * Whatever differs is left to aggregate_parse, which also says what is wrong with it; a row of a good kind that is taken
 * here, aggregate_parse takes too, with the same columns (a test compares them). To read a row, its end included, costs a
 * third of what it does there. */
#ifndef FORMAT_AGGREGATE_PLAIN_H
#define FORMAT_AGGREGATE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "format/aggregate.h"

/* A time to compare with. */
struct aggregate_time {
    uint64_t first, last; /* eight bytes of it each */
    size_t length;
};

enum {
    AGGREGATE_TIME_LEAST = 8,
    AGGREGATE_TIME_MOST = 16,
    AGGREGATE_VALUE_MOST = 31, /* the most bytes of a plain row's value */
    AGGREGATE_READABLE = 64,   /* so many bytes can be read from each of its columns on, whatever they are */
};

/* A row; its columns point into it. */
struct aggregate_plain {
    const char *name_end;  /* the series up to its first `;` */
    const char *kind;      /* the TAB behind the series; the kind is `TAB type TAB statistic TAB` */
    const char *value;     /* behind the kind */
    const char *value_end; /* the time stands behind its TAB */
};

/* Prepares the text of a time that aggregate_parse has taken. False when it is not of usual length. */
bool aggregate_time(struct aggregate_time *t, struct span text);

/* Reads the row that begins at line, in a buffer that ends at end; returns what follows its LF, or NULL when it is left to
 * aggregate_parse. What is in the kind has not been looked at. */
const char *aggregate_plain(const struct aggregate_time *t, const char *line, const char *end,
                            struct aggregate_plain *row);

/* True when the kind of the row at line, read up to next, is a good one, whatever row it is in; sets *a to the row. */
bool aggregate_plain_kind(const char *line, const char *next, struct aggregate *a);

#endif
