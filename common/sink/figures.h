/* figures: the self-metrics of a sink, sent with each interval.
 *
 * Counts such as lines_sent cover the time since the previous figures. When an interval is dropped,
 * its counts are given back and added to those of the next interval, so the sum of all counts that
 * arrive is exact. */
#ifndef SINK_FIGURES_H
#define SINK_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"
#include "format/points.h"
#include "sink/outage.h"
#include "sink/queue.h"

enum figure {
    FIGURE_LINES_SENT,
    FIGURE_LINES_RESENT,
    FIGURE_LINES_REFUSED,
    FIGURE_LINES_DROPPED,
    FIGURE_LINES_UNCONFIRMED,
    FIGURE_RECONNECTS,
    FIGURE_BAD_LINES, /* sent only if it is not 0, like the next */
    FIGURE_REJECTS_LOST,
    FIGURES
};

struct queue_told {
    uint64_t counts[FIGURES];
};

struct figures {
    int64_t last_flush;   /* Unix seconds: when an interval was done last; at first the start of the program */
    int64_t flush_time;   /* ms from its end until it was done */
    int64_t flush_length; /* its bytes */
    uint64_t bad_lines, rejects_lost; /* since the program began; the owner sets them */
    uint64_t refused_here;            /* points that the program itself has refused, not the other side */
    struct queue_told told;           /* the part of each count that has been sent */
};

/* now is Unix seconds. */
void figures_init(struct figures *f, int64_t now);

/* Figures as the values of a point. */
enum { FIGURES_PREFIX_MAX = 64, FIGURE_VALUES_MAX = FIGURES + 5 };
struct figure_values {
    struct point_value values[FIGURE_VALUES_MAX]; /* they point into texts */
    size_t count;
    char texts[FIGURE_VALUES_MAX][FIGURES_PREFIX_MAX + 2 * NUMBER_TEXT_MAX];
};

/* Sets *values to all figures, with the prefix (at most FIGURES_PREFIX_MAX bytes) before their
 * names, and returns the counts in them, in memory that queue_end_interval takes over. */
struct queue_told *figures_tell(struct figures *f, const struct queue *q, const struct outage *o, const char *prefix,
                                struct figure_values *values);

/* An interval is done; now is monotonic ms. */
void figures_done(struct figures *f, const struct queue_interval *i, int64_t now);

/* An interval has been dropped: its counts are added to the next figures. */
void figures_give_back(struct figures *f, const struct queue_told *told);

#endif
