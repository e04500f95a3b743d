/* line: a record → the StatsD line that a client would send for it.
 *
 * A line is written only if it means the same as the record: wire.h reads it back, and the result
 * is compared. So a record that no line can express, such as a set's member with a `|`, a `:` or an
 * LF, is always refused here. A negative gauge becomes two lines, `0` and the delta. */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "format/record.h"
#include "wire/wire.h"

struct line_options {
    enum tags_flavour flavour; /* how tags are written */
    bool timestamps;           /* write the record's time, in whole seconds, as `|T` */
};

struct line_writer {
    struct line_options options;
    struct wire wire;
    struct record_canonical canonical;
    char *text; /* the lines */
    size_t length, capacity;
    char *series; /* the record's, with nothing escaped */
    size_t series_capacity;
};

void line_init(struct line_writer *w, const struct line_options *options);
void line_free(struct line_writer *w);

/* Returns one line, or two with an LF between them, without the last line's LF. They are valid
 * until the next call. rate is the record's column. The text is NULL if no line can express the
 * record. */
struct span line_write(struct line_writer *w, const struct record *r, struct span rate);

#endif
