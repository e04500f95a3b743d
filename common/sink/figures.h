/* figures: what a sink tells about itself, with each flush and about the flush before.
 *
 * A flush lasts from the moment an interval's lines may be written until everything that waits has
 * been written. */
#ifndef SINK_FIGURES_H
#define SINK_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "sink/queue.h"

struct figures {
    int64_t last_flush;               /* Unix seconds: the end of the last flush; at first: the start of the program */
    int64_t last_exception;           /* Unix seconds of the last failure; the owner sets it */
    int64_t flush_time;               /* ms that the last flush took */
    int64_t flush_length;             /* bytes that it wrote */
    int64_t lines_dropped, bad_lines; /* since the last figures_tell, as the next; the owner adds to them */
    int64_t rejects_lost;
    bool flushing;
    int64_t began;    /* monotonic ms */
    uint64_t written; /* q->written at that time */
};

/* now is Unix seconds. */
void figures_init(struct figures *f, int64_t now);

/* A flush begins, unless one is under way; now is monotonic ms. */
void figures_begin(struct figures *f, const struct queue *q, int64_t now);

/* Everything has been written. */
void figures_end(struct figures *f, const struct queue *q, int64_t now);

/* Takes one figure: its name, and its value as the text of a number. Both are valid during the call
 * only. */
typedef void figures_put(void *self, struct span name, struct span value);

/* Hands each figure to put, its name after the prefix (at most FIGURES_PREFIX_MAX bytes).
 * lines_dropped, bad_lines and rejects_lost are handed over only where they are not 0, and begin
 * again from 0. */
enum { FIGURES_PREFIX_MAX = 64 };
void figures_tell(struct figures *f, const char *prefix, figures_put *put, void *self);

#endif
