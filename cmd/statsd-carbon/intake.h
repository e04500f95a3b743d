/* intake: a line of input → lines in the queue, or a refusal; and when an interval is complete and may be written.
 *
 * It ends with the row numStats; where that is left out, when the time column changes, or when its owner says so
 * (intake_flush) because the input has ended or paused. A plaintext line belongs to no interval: it may be written as soon
 * as the input pauses. */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/die.h"
#include "figures.h"
#include "filter/out.h"
#include "filter/refusals.h"
#include "format/aggregate.h"
#include "path.h"
#include "rows.h"
#include "sink/queue.h"

/* The longest line Carbon reads; at a longer one it hangs up, and what is on its way is lost. */
enum { CARBON_LINE_MAX = 16384 };

struct intake_options {
    bool no_self;        /* own rows end an interval but go no further */
    bool no_counts;      /* nor do counts of counters */
    bool strict;         /* the first bad line will end the run */
    struct out *rejects; /* the file of --rejects, or NULL */
};

struct intake {
    const struct intake_options *options;
    const struct paths *paths;
    struct queue *queue;
    struct figures *figures; /* NULL: none are sent */
    uint64_t lines;          /* that were not empty */
    bool open;               /* an interval has begun */
    bool plain;              /* plaintext waits for a pause */
    int64_t time;            /* of the open interval */
    char time_text[64];
    size_t time_length;
    struct rows rows; /* the fast path */
    char *self;       /* the series of the own row seen last, escaped */
    size_t self_length, self_capacity;
    char calculation[64]; /* the open interval's processing_time */
    size_t calculation_length;
    uint64_t dropped_said;
    struct refusals bad, unknown;
    struct complaint dropped;
};

/* What the pointers point to must live on. */
void intake_init(struct intake *in, const struct intake_options *options, const struct paths *paths,
                 struct queue *queue, struct figures *figures);
void intake_free(struct intake *in);

/* A line of input, without its end. */
struct intake_line {
    struct span text;
    uint64_t number;
    bool torn;     /* it has no LF */
    bool too_long; /* text is only its beginning */
};

/* Takes one line. False when it was refused. */
bool intake_line(struct intake *in, const struct intake_line *line);

/* Takes what it can of the lines that begin at from, in a buffer that ends at end, faster than intake_line and as that would;
 * returns where it has stopped, and adds to *number the lines that were taken. Only whole ones are, of at most max_line bytes;
 * none is refused. */
const char *intake_rows(struct intake *in, const char *from, const char *end, size_t max_line, uint64_t *number);

/* The input has paused. */
void intake_pause(struct intake *in);

/* Ends the open interval, if there is one, and lets everything be written. */
void intake_flush(struct intake *in);

#endif
