/* progress: shows how much of a long file has been processed, for users at a terminal.
 *
 * It is shown only if stderr is a terminal and stdout is not or is not written to, --quiet is not
 * given, the file's size is known, and the work has taken more than a second. The text is short and
 * leaves the cursor at its start, so that the next message, which is longer, overwrites it. */
#ifndef FILTER_PROGRESS_H
#define FILTER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "filter/lines.h"

struct progress {
    const struct lines *in; /* the part of the file that has been read and not been processed */
    int64_t size;           /* of the file, in bytes; 0: show nothing */
    int64_t started, shown; /* monotonic, in milliseconds */
    bool is_on_screen;
};

/* Begins with the file that *in reads; *in stays the caller's and must live until progress_end.
 * has_out: the program writes to stdout. */
void progress_begin(struct progress *p, const struct lines *in, bool has_out);

/* Shows the progress if an update is due. It is cheap enough to call for every read. */
void progress_show(struct progress *p);

/* Removes the progress from the screen. */
void progress_end(struct progress *p);

#endif
