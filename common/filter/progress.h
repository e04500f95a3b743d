/* progress: how far the reading of a long file has come, for users at a terminal.
 *
 * It is shown only if stderr is a terminal and stdout is not, --quiet is not given, the file's size
 * is known, and reading has taken more than a second. The text is short and leaves the cursor at
 * its start, so that the next message, which is longer, overwrites it. */
#ifndef FILTER_PROGRESS_H
#define FILTER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    int fd;
    int64_t size;           /* of the file, in bytes; 0: show nothing */
    int64_t started, shown; /* monotonic, in milliseconds */
    bool is_on_screen;
};

/* Begins with the file at fd, which stays the caller's and is read from its current position. */
void progress_begin(struct progress *p, int fd);

/* Shows the progress if an update is due. It is cheap enough to call for every read. */
void progress_show(struct progress *p);

/* Removes the progress from the screen. */
void progress_end(struct progress *p);

#endif
