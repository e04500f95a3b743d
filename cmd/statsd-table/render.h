/* render: an interval as a block of aligned text: a line with its time, then a table for each type. */
#ifndef RENDER_H
#define RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/out.h"
#include "view.h"

struct layout {
    bool shorten; /* numbers cut down for reading */
    bool bold;    /* headings in bold */
    size_t width; /* columns of the terminal; 0: no limit */
};

/* The least that a narrow terminal leaves of a series' name. */
enum { RENDER_NAME_MIN = 12 };

/* Writes the block of the interval that ends at time (milliseconds since 1970), without an empty line around it. */
void render_interval(struct out *out, const struct grid *t, const struct selection *s, const struct layout *l,
                     int64_t time);

/* Writes the block's first line, `2023-11-14 22:13:30 UTC  1700000010` without a line end, to text (room for
 * RENDER_TIME_MAX bytes) and returns its length. */
enum { RENDER_TIME_MAX = 80 };
size_t render_time(int64_t time, char *text);

#endif
