/* answered: how many of the lines that statsd-agg has read are surely in rows that it has
 * written, so that a message can say how many it has lost at most when it is killed.
 *
 * Rows are read here some time after they were written, and statsd-agg may have read lines
 * since. But it reads none between the end of an interval and the first row of it. So a count
 * that was taken while no row waited here holds for the interval whose rows come next. They
 * answer it once they are complete: when rows of the next interval follow, or none for a while. */
#ifndef ANSWERED_H
#define ANSWERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed.h"

enum {
    ANSWERED_LOOK_INTERVAL = 20, /* ms between two counts */
    ANSWERED_QUIET = 200,        /* ms without a row: the rows of an interval are complete */
};

/* All zero to begin with. The counts are of lines since the run began. */
struct answered {
    uint64_t before;              /* had been read when no row waited */
    uint64_t written;             /* are in the interval whose rows came last */
    uint64_t sure;                /* are in intervals that are complete */
    int64_t looked, row;          /* monotonic ms: at the last count, and when the last row came */
    char column[FEED_COLUMN_MAX]; /* the last column of that row: the time of its interval */
};

/* True if the next count is due. */
static inline bool answered_is_due(const struct answered *a, int64_t now)
{
    return now >= a->looked + ANSWERED_LOOK_INTERVAL;
}

/* Takes the number of lines that had been read at a moment after which no row waited. */
void answered_look(struct answered *a, uint64_t read, int64_t now);

/* Takes note of rows[0..length), whole lines, length > 0. */
void answered_rows(struct answered *a, const char *rows, size_t length, int64_t now);

/* The process is another one: all lines until here count as answered. */
void answered_begin(struct answered *a, uint64_t read);

#endif
