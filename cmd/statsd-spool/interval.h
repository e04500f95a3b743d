/* interval: the interval that is being read. Its rows go to a file as they come, or into memory
 * while the directory cannot be written; once it is complete, it is a segment of the store.
 *
 * Writes end at a multiple of INTERVAL_BLOCK bytes, because file systems then keep large pieces
 * instead of single pages, which takes two fifths less time. The remaining bytes are held until the
 * next write, interval_flush, or interval_end. */
#ifndef INTERVAL_H
#define INTERVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store.h"

enum { INTERVAL_BLOCK = 1 << 18 }; /* a power of 2 */

struct interval {
    struct store *store;
    bool is_open;
    struct tally *dropped; /* there is no room for it: its lines are counted here, at its end; or NULL */
    int fd;                /* of its file, or -1: it is in memory */
    struct segment segment;
    size_t capacity; /* of segment.bytes */
    char *block;     /* INTERVAL_BLOCK bytes; the first `held` are the file's end, not written yet */
    size_t held;
};

/* Begins without an open interval. store must live on. */
void interval_init(struct interval *i, struct store *store);

/* now is monotonic ms, here and below. */
void interval_begin(struct interval *i, int64_t time, int64_t now);

/* Adds whole lines to the open interval. */
void interval_add(struct interval *i, const char *bytes, size_t length, uint64_t lines, int64_t now);

/* Writes the held bytes of an open interval, because no more lines come for now. */
void interval_flush(struct interval *i, int64_t now);

/* The open interval is complete. */
void interval_end(struct interval *i, int64_t now);

/* Frees everything. The file of an interval that is still open stays, with all its lines. */
void interval_free(struct interval *i);

#endif
