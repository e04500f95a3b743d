/* segment: one interval on disk, `TIME-SEQ.tsv`: its name, and which of its bytes are whole rows.
 *
 * TIME is the interval's time in Unix seconds, SEQ the number of the interval in the order in which
 * intervals have come, at least ten digits, across restarts. A segment that is being written has
 * `.part` after its name. Nothing here touches a file. */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct segment_name {
    int64_t time; /* milliseconds since 1970 */
    uint64_t seq;
    bool is_part;
};

enum { SEGMENT_NAME_MAX = 80 };

/* Writes the name and a NUL to text, which has room for SEGMENT_NAME_MAX bytes. */
void segment_write_name(char *text, const struct segment_name *name);

/* Reads a name, exactly as segment_write_name writes it. False: it is not one. */
bool segment_read_name(const char *text, struct segment_name *name);

/* Returns the next stretch of whole rows in [from, end), which is empty if there are no more. A
 * whole row has its LF and is an aggregate, perhaps of a type of a later version. Adds the number
 * of its rows to *lines. */
struct span segment_whole_rows(const char *from, const char *end, uint64_t *lines);

/* The number of LFs in text. */
uint64_t segment_count_lines(struct span text);

#endif
