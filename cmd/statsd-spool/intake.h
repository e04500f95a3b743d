/* intake: lines of aggregates → intervals. A line is passed on unchanged. A line that is not an
 * aggregate is refused: reported, counted, and written to --rejects if that is given. */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "filter/lines.h"
#include "filter/refusals.h"
#include "filter/side.h"
#include "format/rows.h"
#include "interval.h"
#include "stretch.h"
#include "store.h"

struct intake_options {
    const char *self; /* the series of own rows; NULL: as in the input */
    bool no_self;
    size_t max_line;
};

struct intake {
    struct rows rows;
    struct interval interval;
    struct stretch_time time; /* of the open interval */
    struct refusals refusals;
    struct intake_options options;
    int64_t now; /* monotonic ms; the owner sets it before each call */
    uint64_t lines, intervals;
    struct span self; /* the series of own rows, escaped, in our memory; text NULL: none yet */
    uint64_t rejects_told;
    const char *from, *to;       /* lines that have been taken and not added to the interval */
    uint64_t taken;              /* how many */
    const char *line, *line_end; /* the line that rows_line looks at, with its LF */
    bool is_row;                 /* it is a row of the open interval */
};

/* What the pointers point to must live on. rejects may be NULL. */
void intake_init(struct intake *k, const struct intake_options *options, struct store *store, struct side *rejects);
void intake_free(struct intake *k);

/* Takes the lines that are buffered. Returns LINES_MORE or LINES_END; LINES_ONE: a line was
 * refused, and refusals.strict is set. */
enum lines_status intake_take(struct intake *k, struct lines *in);

/* There is no more input for now: writes the held lines. */
void intake_pause(struct intake *k);

/* There is no more input for now, or at all: the open interval is complete, unless is_pause and
 * intervals in this input end by numStats. */
void intake_end(struct intake *k, bool is_pause);

#endif
