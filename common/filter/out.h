/* out: buffered output to a descriptor. Bytes that cannot be written are always reported.
 *
 * A failed write ends the program with EXIT_FAILED and `program: write NAME: reason`. If the reader
 * has closed the pipe (EPIPE), there is no message unless the stream was opened with
 * OUT_SAY_CLOSED. With OUT_GOES_ON the program does not end: the stream is over, and drops and
 * counts what is put into it from then on. A stream is also over if, after a signal, its reader
 * takes nothing until --drain ends (signals.h), or takes nothing at an early end.
 *
 * A write that fails because the kernel lacks memory is reported and repeated.
 *
 * If the descriptor is a terminal, control bytes are written as `\xHH` (terminal.h), except TAB and
 * LF.
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
#include <stdint.h>

#include "base/nowait.h"
#include "base/shortage.h"
#include "base/terminal.h"

enum out_flags {
    OUT_BLOCKING = 0,
    OUT_QUEUE = 1,      /* out_room and out_put never write */
    OUT_SAY_CLOSED = 2, /* report a closed reader: `write NAME: Broken pipe` */
    OUT_GOES_ON = 4,    /* a failed write does not end the program */
    OUT_RAW = 8,        /* the owner writes sequences for a terminal, and makes names safe itself */
};

struct out {
    const char *name;
    int fd; /* the caller's descriptor */
    struct nowait nowait;
    int flags;
    bool is_over; /* it drops its output */
    int error;    /* the errno of the write that failed, or 0 */
    char *buffer;
    size_t limit;                    /* the capacity given to out_init */
    size_t capacity, start, end;     /* of the memory; buffer[start..end) is still to be written */
    uint64_t lost_bytes, lost_lines; /* dropped because it was over */
    int64_t extended;                /* monotonic ms: since when it has had more time than --drain; 0: not yet */
    bool is_terminal;
    size_t shown; /* buffer[start..shown) has been made safe for the terminal */
    struct terminal_text text;
    struct shortages shortages;
};

/* Begins writing to fd, which out_close closes. name is for messages and is not copied. capacity is
 * the buffer's size in bytes, up to which one with OUT_QUEUE grows as it fills; flags are OUT_QUEUE
 * and the others. */
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

/* Writes everything, or waits until the stream is over. */
void out_flush(struct out *o);

/* Writes everything, waiting until `deadline` (monotonic ms) and no longer than out_flush would.
 * Returns true if nothing is left. What is left stays, unless the stream is over. */
bool out_flush_until(struct out *o, int64_t deadline);

/* True once the stream drops its output: a write has failed, or its reader took nothing at the end.
 * out_drop puts the stream into this state and drops the pending output. */
bool out_is_over(const struct out *o);
void out_drop(struct out *o);

/* Writes as much as possible without blocking. Returns true if nothing is left. */
bool out_try_flush(struct out *o);

/* Returns the descriptor to poll: for POLLOUT while out_pending is not 0; POLLERR always means that
 * the reader has closed. */
int out_fd(const struct out *o);

/* Does the same as a write that fails with EPIPE. For callers that see POLLERR. */
void out_reader_gone(struct out *o);

/* Flushes and closes the descriptor and frees the buffer. A close that fails counts as a failed
 * write. */
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
