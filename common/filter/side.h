/* side: files besides the output, such as that of --rejects, to which a program appends lines.
 *
 * A side file never blocks the stream and never ends it. Lines that cannot be written are lost and
 * counted; the reason is reported once, their number at the end. */
#ifndef FILTER_SIDE_H
#define FILTER_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/terminal.h"

enum {
    SIDE_FILES_MAX = 4,   /* of a program: --rejects, and what else it appends to */
    SIDE_INTERVAL = 1000, /* ms: how long a line may wait to be written */
};

struct side {
    const char *path;
    int fd;             /* -1: a FIFO that has had no reader yet */
    uint64_t max;       /* bytes that the file may have; 0: no limit */
    uint64_t size;      /* of the file, as far as it is known */
    bool is_file;       /* a regular one, so that it has a size */
    bool is_full;       /* it has reached max */
    bool is_terminal;   /* control bytes are escaped */
    bool is_stuck;      /* its reader takes nothing */
    bool is_torn;       /* the last write ended in the middle of a line */
    bool is_broken_off; /* and its rest is lost */
    bool is_reported;   /* why lines are lost */
    int patience;       /* ms */
    char *buffer;       /* buffer[start..end) waits to be written */
    size_t capacity, start, end;
    uint64_t lost; /* lines */
};

/* Begin with zeros. */
struct side_files {
    struct side files[SIDE_FILES_MAX];
    size_t count;
    int patience; /* ms: how long to wait for a reader that takes nothing, until it takes something again */
    int64_t due;  /* monotonic ms: when side_keep has something to do */
};

/* Opens a file for appending, or ends the program. A FIFO without a reader is reported, and opened
 * once it has one. path is not copied. max is in bytes, 0 for no limit. Returns the file, which
 * stays the side files'; NULL if path is NULL. */
struct side *side_open(struct side_files *s, const char *path, uint64_t max);

/* Returns room for a line of at most size bytes with its LF, or NULL: the line is lost and counted.
 * Write the line there, then call side_added with its length. */
char *side_room(struct side *f, size_t size);
void side_added(struct side *f, size_t size);

/* Writes the buffer and returns how many lines have been lost; 0 if f is NULL. */
uint64_t side_count_lost(struct side *f);

/* Writes the buffers of the files. side_keep does so once in SIDE_INTERVAL, looks at the
 * files' sizes, and then returns true; now is monotonic ms. */
void side_flush(struct side_files *s);
bool side_keep(struct side_files *s, int64_t now);

/* True if a buffer holds something that could not be written. */
bool side_waits(const struct side_files *s);

/* Opens the files again, because they have been renamed. */
void side_reopen(struct side_files *s);

/* Reports, for each file that has lost lines, how many. */
void side_say_lost(const struct side_files *s);

/* Writes as much as possible, closes the files, and calls side_say_lost. With is_early it does not
 * wait for readers. Returns true if nothing was lost. */
bool side_close(struct side_files *s, bool is_early);

#endif
