/* progress: how far a long reading of a file is, for who waits at a terminal.
 *
 * It is shown only where stderr is a terminal and stdout is not, nothing was said to be quiet, the file's size is known, and
 * the reading has lasted for more than a second. What is shown is short and leaves the cursor in front of itself, so that a
 * message, which is longer, takes its place. */
#ifndef FILTER_PROGRESS_H
#define FILTER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    int fd;
    int64_t size;           /* of the file; 0: nothing will be shown */
    int64_t started, shown; /* monotonic, in milliseconds */
    bool is_on_screen;
};

/* Begins with the file at fd, which stays the caller's and is read from its present position on. */
void progress_begin(struct progress *p, int fd);

/* Shows it if it is time to. Cheap enough to be called for every read. */
void progress_show(struct progress *p);

/* Takes it off the screen. */
void progress_end(struct progress *p);

#endif
