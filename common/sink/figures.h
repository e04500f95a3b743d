/* figures: what a sink tells about itself, with each interval.
 *
 * What counts something (lines_sent …) tells what has happened since it was told last. When an
 * interval is dropped, what it has told is given back, and the next one tells it too: so the sum of
 * what arrives is exact. */
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
    FIGURE_BAD_LINES, /* told only if there are any, as is the next */
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
    struct queue_told told;           /* of all counts, how much has been told */
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

/* Sets *values to all figures, their names after the prefix (at most FIGURES_PREFIX_MAX bytes), and
 * returns what has been told, in memory for queue_end_interval. */
struct queue_told *figures_tell(struct figures *f, const struct queue *q, const struct outage *o, const char *prefix,
                                struct figure_values *values);

/* An interval is done; now is monotonic ms. */
void figures_done(struct figures *f, const struct queue_interval *i, int64_t now);

/* An interval has been dropped: what it has told is told again. */
void figures_give_back(struct figures *f, const struct queue_told *told);

#endif
