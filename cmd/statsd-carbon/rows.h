/* rows: the fast path from rows to Carbon's lines.
 *
 * A row's line is its series, as it stands, between two pieces that depend on its type and statistic alone, and behind them
 * its value and the time. There are about twenty kinds of rows, each as many times as there are series: so aggregate_parse
 * and path.h are asked once for each kind, and from then on a row is checked (aggregate_plain.h), its kind is looked up, and
 * the pieces are copied, in blocks whose number does not change from row to row. What is not plain in every respect is left
 * to intake_line, one line at a time; what is taken here comes out as it would there, byte for byte (a test compares them).
 * With reading it, a row costs a quarter of what it does there. */
#ifndef ROWS_H
#define ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/aggregate_plain.h"
#include "path.h"

struct rows {
    const struct paths *paths;
    bool no_counts;
    bool has_time; /* of usual length; rows_take takes nothing otherwise */
    struct aggregate_time time;
    char time_column[32]; /* with the blank in front and the LF behind */
    size_t time_column_length;
    struct row_kind *kinds; /* a hash table */
    size_t kinds_count;
};

enum {
    ROWS_READ_MOST = 2048,                                                              /* bytes of a row */
    ROWS_ROOM_LEAST = 2 * ROWS_READ_MOST + PATH_FRAME_HEAD_MOST + PATH_FRAME_TAIL_MOST, /* more than one becomes */
};

/* paths must live on. no_counts leaves the counts of counters out. */
void rows_init(struct rows *r, const struct paths *paths, bool no_counts);
void rows_free(struct rows *r);

/* An interval begins; its time as aggregate_parse has taken it. */
void rows_open(struct rows *r, struct span time_text);

struct rows_work {
    const char *from, *end; /* lines, to be read; end is that of the buffer */
    size_t max_line;        /* the longest to take, without its LF */
    char *to, *to_end;      /* room, to be written */
    uint64_t read, written; /* lines; added to */
};

/* Takes rows of the interval opened last, from w->from on, until one is not plain or there are less than ROWS_ROOM_LEAST bytes
 * of room; moves from and to behind what was read and written. */
void rows_take(struct rows *r, struct rows_work *w);

#endif
