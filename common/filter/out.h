/* out: buffered output to a descriptor, written to the last byte or the program ends.
 *
 * A write that fails ends the program: with `program: write NAME: reason` and EXIT_FAILED; where the reader has gone
 * (EPIPE), with EXIT_FAILED and without a word, unless the stream was opened with OUT_SAY_CLOSED.
 *
 * There are two ways to use one, and neither needs the descriptor to be non-blocking for those who share it:
 *  - A filter puts, and calls out_flush whenever its next read could block; out_room flushes by itself when the buffer
 *    is full.
 *  - Who must never block (OUT_QUEUE) asks out_space before it produces, polls out_fd for POLLOUT while out_pending, and
 *    then calls out_try_flush; out_room then grows the buffer rather than write. */
#ifndef FILTER_OUT_H
#define FILTER_OUT_H

#include <stdbool.h>
#include <stddef.h>

enum out_flags {
    OUT_BLOCKING = 0,
    OUT_QUEUE = 1,      /* out_room and out_put never write */
    OUT_SAY_CLOSED = 2, /* a reader that has gone is worth a message: `write NAME: Broken pipe` */
};

struct out {
    const char *name;
    int fd;     /* the caller's descriptor */
    int own_fd; /* a non-blocking description of the same pipe that is ours alone, or -1 */
    int kind;   /* how out_try_flush writes */
    int flags;
    char *buffer;
    size_t limit;                /* the capacity asked for */
    size_t capacity, start, end; /* buffer[start..end) waits to be written */
};

/* Begins writing to fd, which out_close closes. name is for messages and is not copied; capacity in bytes. */
void out_init(struct out *o, int fd, const char *name, size_t capacity, int flags);

/* At least size bytes of room; write there, then out_added what was used. */
static inline char *out_room(struct out *o, size_t size);
static inline void out_added(struct out *o, size_t size);

void out_put(struct out *o, const char *bytes, size_t length);

/* Bytes that wait; and how many more fit into the capacity given to out_init (0 when it has been outgrown). */
size_t out_pending(const struct out *o);
size_t out_space(const struct out *o);

/* Writes everything, blocking. */
void out_flush(struct out *o);

/* Writes what can be written without blocking. True when nothing is left. */
bool out_try_flush(struct out *o);

/* The descriptor to poll: POLLOUT while out_pending, and POLLERR always tells that the reader has gone. */
int out_fd(const struct out *o);

/* Ends the program as a failed write would: for who sees POLLERR. */
_Noreturn void out_reader_gone(const struct out *o);

/* Flushes, closes, and checks both; frees the buffer. */
void out_close(struct out *o);

/* out_room where the buffer has none: for out_room alone. */
char *out_make_room(struct out *o, size_t size);

static inline char *out_room(struct out *o, size_t size)
{
    return o->capacity - o->end >= size ? o->buffer + o->end : out_make_room(o, size);
}

static inline void out_added(struct out *o, size_t size)
{
    o->end += size;
}

#endif
