/* interval: the interval that is being read. Its rows go to a file as they come, or into memory
 * while the directory cannot be written; once it is complete, it is a segment of the store. */
#ifndef INTERVAL_H
#define INTERVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store.h"

struct interval {
    struct store *store;
    bool is_open;
    uint64_t *dropped; /* there is no room for it: its lines are counted here, at its end; or NULL */
    int fd;            /* of its file, or -1: it is in memory */
    struct segment segment;
    size_t capacity; /* of segment.bytes */
};

/* now is monotonic ms, here and below. */
void interval_begin(struct interval *i, int64_t time, int64_t now);

/* Adds whole lines to the open interval. */
void interval_add(struct interval *i, const char *bytes, size_t length, uint64_t lines, int64_t now);

/* The open interval is complete. */
void interval_end(struct interval *i, int64_t now);

/* Frees what an interval that is still open has; its file stays. */
void interval_free(struct interval *i);

#endif
