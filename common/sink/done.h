/* done: the times of delivered intervals on the descriptor of --done-fd, one a line. It never
 * blocks: times that the descriptor doesn't take are kept and written later. */
#ifndef SINK_DONE_H
#define SINK_DONE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/nowait.h"
#include "base/span.h"

struct done {
    int fd; /* -1: none */
    struct nowait nowait;
    char *bytes; /* bytes[start..end) is to be written */
    size_t capacity, start, end;
    bool has_failed; /* later times are not written */
};

/* Ends the program if fd is no descriptor to write to. */
void done_init(struct done *d, int fd);
void done_free(struct done *d);

/* Writes a line, as far as the descriptor takes it. */
void done_tell(struct done *d, struct span time_text);

/* Writes the waiting times. Returns true if none is left. */
bool done_flush(struct done *d);

#endif
