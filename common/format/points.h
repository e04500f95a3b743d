/* points: aggregates point by point. A point is the rows of one series, type and time, which are
 * consecutive in a stream. Sinks whose format has one entry for all of them read points.
 *
 * Built on format/rows.h: lines come in one by one (points_line) or in a stretch, the fast way
 * (points_rows), and the owner gets whole points and the ends of intervals. A point is handed over
 * when a row of another point comes or its interval ends, so within an interval the owner has not
 * seen the last point yet. A series whose rows are not consecutive becomes several points.
 * Cumulative bins differ from the point that they follow in the tag `le`, so each is a point of its
 * own. */
#ifndef FORMAT_POINTS_H
#define FORMAT_POINTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "format/aggregate.h"
#include "format/rows.h"

struct point_value {
    struct span statistic; /* escaped */
    struct span value;     /* the text of a number */
};

/* Its spans belong to struct points and are valid during the owner's call only. */
struct point {
    struct span series; /* escaped */
    enum aggregate_type type;
    int64_t time;                     /* milliseconds since 1970 */
    struct span time_text;            /* as it stands in the rows, at most 64 bytes */
    const struct point_value *values; /* in the order of the rows */
    size_t count;                     /* at least 1 */
};

struct points_owner {
    void (*point)(void *self, const struct point *p);
    void (*end)(void *self, int64_t time); /* every point of the interval has been handed over; or NULL */

    /* Whether points should have rows of this type with this statistic; the answer must be the same
     * each time. Unwanted rows cost less, and are left out of each point, except that its first row
     * is always there. NULL: all rows are wanted. */
    bool (*wants)(void *self, enum aggregate_type type, struct span statistic);
};

struct points {
    struct rows rows;
    const struct points_owner *owner;
    void *self;

    /* The open point. Its spans point into the caller's buffer while points_rows or points_line
     * runs; what is still open when they return is copied to bytes. */
    struct span series;
    enum aggregate_type type;
    struct point_value *values;
    size_t count, value_capacity;
    size_t kept; /* the values that have been copied; if any, the series too */
    char *bytes; /* the series, then each value's statistic and text */
    size_t length, capacity;
};

/* program and max_line as in rows_init. p must not move. */
void points_init(struct points *p, const struct points_owner *owner, void *self, const char *program, size_t max_line);
void points_free(struct points *p);

/* Takes one line. False: it is refused, and *refused has the reason. */
bool points_line(struct points *p, const struct rows_line *line, struct rows_refusal *refused);

/* Takes rows that begin at from, in a buffer that ends at end, faster than points_line and with the
 * same result. Returns where it has stopped: at the beginning of a line that needs points_line, or
 * at the end. Adds the number of rows taken to *count. */
const char *points_rows(struct points *p, const char *from, const char *end, uint64_t *count);

/* Ends the open interval, if there is one, and the point with it. */
void points_end(struct points *p);

#endif
