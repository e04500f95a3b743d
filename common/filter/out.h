/* out: buffered output to a descriptor. Either every byte is written or the program ends.
 *
 * A failed write ends the program with EXIT_FAILED and `program: write NAME: reason`. If the reader
 * has closed the pipe (EPIPE), there is no message unless the stream was opened with
 * OUT_SAY_CLOSED. A write that fails because the kernel lacks memory is reported and made again.
 *
 * There are two ways to use it. Neither makes the descriptor non-blocking for those who share it:
 *
 *  - A filter puts, and calls out_flush whenever its next read could block. out_room flushes when
 *    the buffer is full.
 *  - A program that must never block (OUT_QUEUE) checks out_space before it produces, polls out_fd
 *    for POLLOUT while out_pending is not 0, and then calls out_try_flush. out_room then grows the
 *    buffer instead of writing. */
#ifndef FILTER_OUT_H
#define FILTER_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/shortage.h"

enum out_flags {
    OUT_BLOCKING = 0,
    OUT_QUEUE = 1,      /* out_room and out_put never write */
    OUT_SAY_CLOSED = 2, /* report a closed reader: `write NAME: Broken pipe` */
};

struct out {
    const char *name;
    int fd;     /* the caller's descriptor */
    int own_fd; /* our own non-blocking description of the same pipe, or -1 */
    int kind;   /* how out_try_flush writes */
    int flags;
    char *buffer;
    size_t limit;                /* the capacity given to out_init */
    size_t capacity, start, end; /* buffer[start..end) is still to be written */
    struct shortages shortages;
};

/* Begins writing to fd, which out_close closes. name is for messages and is not copied. capacity is
 * the buffer's size in bytes; flags are OUT_QUEUE and OUT_SAY_CLOSED. */
void out_init(struct out *o, int fd, const char *name, size_t capacity, int flags);

/* Returns room for at least size bytes. Write there, then call out_added with the number of bytes
 * used. */
static inline char *out_room(struct out *o, size_t size);
static inline void out_added(struct out *o, size_t size);

/* Writes bytes[0..length) to the buffer. */
void out_put(struct out *o, const char *bytes, size_t length);

/* The bytes still to be written, and how many more fit into the capacity given to out_init (0 if
 * the buffer has outgrown it). */
size_t out_pending(const struct out *o);
size_t out_space(const struct out *o);

/* Writes everything. Blocks if it must. */
void out_flush(struct out *o);

/* Writes what it can without blocking. Returns true if nothing is left. */
bool out_try_flush(struct out *o);

/* Returns the descriptor to poll: for POLLOUT while out_pending is not 0; POLLERR always means that
 * the reader has closed. */
int out_fd(const struct out *o);

/* Ends the program as a failed write would. For callers that see POLLERR. */
_Noreturn void out_reader_gone(const struct out *o);

/* Flushes and closes the descriptor and frees the buffer. Ends the program if the flush or close
 * fails. */
void out_close(struct out *o);

/* The part of out_room for a full buffer. Only out_room calls it. */
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
