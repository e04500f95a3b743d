/* feed: writes segments to the sink, and reads which ones it has done.
 *
 * The oldest is fed first, and at most FEED_AHEAD segments, or FEED_BYTES, beyond the last one that
 * the sink has named as done. It never blocks: its owner polls feed_fd and calls feed_step. */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "child.h"
#include "store.h"

enum {
    FEED_AHEAD = 8,
    FEED_BYTES = 8 << 20, /* a segment that is larger is fed alone */
};

struct feed {
    struct store *store;
    struct child *child;
    int poll_fd; /* an epoll that holds all of the below */
    int signal_fd;
    bool is_blocked; /* the sink's pipe is full */
    bool is_feeding; /* the last segment under way is not fed whole */
    int fd;          /* its file, or -1 */
    uint64_t offset; /* the bytes of it that have been fed */
    char word[64];   /* the beginning of what the sink names */
    size_t word_length;
    int64_t progress; /* monotonic ms: when the sink last named something; 0: never */
    bool is_dead;     /* the sink has died: the owner buries it and clears this */
    struct child_death death;
    struct complaint strange;
};

/* Call it before the first child_start, so that no death is missed. */
void feed_init(struct feed *f, struct store *store, struct child *child);
void feed_free(struct feed *f);

/* The sink has been started: it gets all segments again that are not done. */
void feed_begin(struct feed *f);

/* What to poll for POLLIN. */
int feed_fd(const struct feed *f);

/* Goes on: takes the times that the sink has named, feeds it, and notices its death. */
void feed_step(struct feed *f, bool is_ready, int64_t now);

#endif
