/* lines: aggregates and plaintext → lines of Carbon's protocol, the points of a sink (sink/sink.h).
 *
 * The fast way: the line of a row is its series, unchanged, between two pieces that depend only on
 * type and statistic (struct path_frame), and after them its value and the time. So rows_next reads
 * the row, and the pieces are copied in blocks whose number doesn't change from row to row. The
 * line is the same, byte for byte, as from the row itself (a test compares them); with reading, a
 * row costs a quarter. A row that may have a tag `name` is left to the slow way, which renames it
 * (clean.h). */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "format/graphite.h"
#include "sink/sink.h"

enum {
    CARBON_PORT = 2003,
    CARBON_LINE_MAX = 16384, /* Carbon closes the connection at a longer line, and lines on their way are lost */
};

struct carbon_lines {
    const struct paths *paths;
    bool no_counts;       /* send no counts of counters */
    char calculation[64]; /* the open interval's processing_time */
    size_t calculation_length;
};

/* Its calls want a struct carbon_lines. */
extern const struct sink_format carbon_format;

#endif
