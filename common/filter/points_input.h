/* points_input: the lines of a filter → points (format/points.h), with reports of lines that are
 * not aggregates. */
#ifndef FILTER_POINTS_INPUT_H
#define FILTER_POINTS_INPUT_H

#include "filter/bad_rows.h"
#include "filter/filter.h"
#include "format/points.h"

struct points_input {
    struct points points;
    struct bad_rows bad;
    uint64_t lines; /* read so far, without empty ones */
};

/* The filter has begun. owner and self are points_init's. */
void points_input_init(struct points_input *in, const struct filter *f, const struct points_owner *owner, void *self);
void points_input_free(struct points_input *in);

/* Takes what is buffered up to and including the next line that is not for points_rows; where is
 * the name of the file. LINES_MORE and LINES_END are those of lines_next; anything less: call it
 * again. */
enum lines_status points_input_next(struct points_input *in, struct lines *lines, const char *where);

/* For the filter's `quiet`: ends an interval that no row will end. Returns true if it has ended
 * one. */
bool points_input_end_quiet(struct points_input *in);

#endif
