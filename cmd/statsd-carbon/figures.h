/* figures: what statsd-carbon tells of itself, `graphiteStats.*`, with each flush and about the one before.
 *
 * A flush lasts from the moment an interval's lines may be written until all that waits has been. */
#ifndef FIGURES_H
#define FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "path.h"
#include "sink/queue.h"

struct figures {
    int64_t last_flush;               /* Unix seconds: when the last flush ended; at first: the start of the program */
    int64_t last_exception;           /* Unix seconds of the last failure; its owner keeps it */
    int64_t flush_time;               /* ms the last flush took */
    int64_t flush_length;             /* bytes it wrote */
    int64_t lines_dropped, bad_lines; /* since the last flush; sent only when there were any */
    bool flushing;
    int64_t began;    /* monotonic ms */
    uint64_t written; /* q->written then */
};

/* now is Unix seconds. */
void figures_init(struct figures *f, int64_t now);

/* A flush begins, unless one is under way; now is monotonic ms. */
void figures_begin(struct figures *f, const struct queue *q, int64_t now);

/* Everything has been written. */
void figures_end(struct figures *f, const struct queue *q, int64_t now);

/* Adds the figures' lines to the queue: series is SELF (escaped), calculationtime a number's text. */
void figures_add(struct figures *f, struct queue *q, const struct paths *p, struct span series,
                 struct span calculationtime, struct span time_text);

#endif
