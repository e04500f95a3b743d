/* translate: a line of input → a line of Carbon's in the queue, or a refusal; and when those lines
 * may be written.
 *
 * The lines of an interval may be written when it is complete (format/rows.h). A plaintext line
 * belongs to no interval: it may be written as soon as the input pauses.
 *
 * The fast way: the line of a row is its series, unchanged, between two pieces that depend only on
 * type and statistic (struct path_frame), and after them its value and the time. So rows_next reads
 * the row, and the pieces are copied in blocks whose number doesn't change from row to row. The
 * line is the same, byte for byte, as from translate_line (a test compares them); with reading, a
 * row costs a quarter. A row that may have a tag `name` is left to translate_line, which renames it
 * (clean.h). */
#ifndef TRANSLATE_H
#define TRANSLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/die.h"
#include "filter/refusals.h"
#include "format/rows.h"
#include "format/graphite.h"
#include "sink/figures.h"
#include "sink/queue.h"

enum {
    CARBON_PORT = 2003,
    CARBON_LINE_MAX = 16384, /* at a longer line Carbon hangs up, and what is on its way is lost */
};

struct translate_options {
    bool no_self;         /* own rows end an interval but go no further */
    bool no_counts;       /* nor do counts of counters */
    bool strict;          /* the first bad line will end the run */
    struct side *rejects; /* the file of --rejects, or NULL */
    size_t max_line;      /* bytes, its end excluded */
};

struct translator {
    const struct translate_options *options;
    const struct paths *paths;
    struct queue *queue;
    struct figures *figures; /* NULL: none are sent */
    struct rows rows;
    uint64_t lines; /* that were not empty */
    bool plain;     /* plaintext waits for a pause */
    char *self;     /* the series of the own row seen last, escaped */
    size_t self_length, self_capacity;
    char calculation[64]; /* the open interval's processing_time */
    size_t calculation_length;
    uint64_t dropped_said, rejects_lost_said;
    struct refusals bad, unknown;
    struct complaint dropped;
};

/* What the pointers point to must live on. */
void translate_init(struct translator *t, const struct translate_options *options, const struct paths *paths,
                    struct queue *queue, struct figures *figures);
void translate_free(struct translator *t);

/* Sums up what has been reported. */
void translate_summarize(struct translator *t);

/* Takes one line, whose number is for the messages. False when it was refused. */
bool translate_line(struct translator *t, const struct rows_line *line, uint64_t number);

/* Takes what it can of the lines that begin at from, in a buffer that ends at end, faster than
 * translate_line and with the same result. Returns where it has stopped, and adds the number of
 * lines that were taken to *number. Only whole lines are taken; none is refused. */
const char *translate_rows(struct translator *t, const char *from, const char *end, uint64_t *number);

/* The input has paused. */
void translate_pause(struct translator *t);

/* Ends the open interval, if there is one, and lets everything be written. */
void translate_flush(struct translator *t);

#endif
