/* render: an interval as a block of aligned text: a line with its time, then one table per type. */
#ifndef RENDER_H
#define RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/out.h"
#include "view.h"

struct layout {
    bool shorten; /* shorten numbers for reading (shorten.h) */
    bool bold;    /* print headings in bold */
    size_t width; /* of the terminal, in columns; 0: no limit */
};

/* A series' name is never cut to fewer columns than this. */
enum { RENDER_NAME_MIN = 12 };

/* Writes the block of the interval that ends at time (milliseconds since 1970), without an empty
 * line before or after it. */
void render_interval(struct out *out, const struct grid *t, const struct selection *s, const struct layout *l,
                     int64_t time);

/* Writes the block's first line, `2023-11-14 22:13:30 UTC  1700000010`, to text without a line
 * end. time is in milliseconds since 1970; text has room for RENDER_TIME_MAX bytes. Returns the
 * length. */
enum { RENDER_TIME_MAX = 80 };
size_t render_time(int64_t time, char *text);

#endif
