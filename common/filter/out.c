#include "filter/out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "filter/signals.h"

/* A queue begins small and grows up to its limit: most never need it. */
enum { PIPE_SIZE = 1 << 18, QUEUE_FIRST = 1 << 20 };

/* In ms: how long after it took something a reader counts as one that moves, and how much longer
 * than --drain it is waited for at most. */
enum { MOVING = 200, MOVING_MOST = 1000 };

/* Makes room in a pipe for a few milliseconds of a busy stream; with the usual 64 KiB, its two ends
 * keep waiting for each other. If the system refuses, the pipe stays as it is. */
static void widen_pipe(int fd)
{
#ifdef F_SETPIPE_SZ
    int size = fcntl(fd, F_GETPIPE_SZ);
    if (size > 0 && size < PIPE_SIZE)
        (void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
#else
    (void)fd;
#endif
}

void out_init(struct out *o, int fd, const char *name, size_t capacity, int flags)
{
    *o = (struct out){ .name = name, .fd = fd, .flags = flags, .limit = capacity, .capacity = capacity };
    o->shortages = shortages_none;
    if ((flags & OUT_QUEUE) && capacity > QUEUE_FIRST)
        o->capacity = QUEUE_FIRST;
    o->buffer = xmalloc(o->capacity);
    o->is_terminal = !(flags & OUT_RAW) && isatty(fd);
    widen_pipe(fd);
    nowait_begin(&o->nowait, fd);
}

int out_fd(const struct out *o)
{
    return nowait_fd(&o->nowait);
}

static uint64_t count_lines(const char *from, const char *end)
{
    uint64_t count = 0;
    while ((from = memchr(from, '\n', (size_t)(end - from))) != NULL) {
        count++;
        from++;
    }
    return count;
}

void out_drop(struct out *o)
{
    o->is_over = true;
    o->lost_bytes += o->end - o->start;
    o->lost_lines += count_lines(o->buffer + o->start, o->buffer + o->end);
    o->start = o->end = o->shown = 0;
}

bool out_is_over(const struct out *o)
{
    return o->is_over;
}

static void fail(struct out *o)
{
    o->error = errno;
    bool is_told = errno != EPIPE || (o->flags & OUT_SAY_CLOSED);
    if (is_told)
        say("write %s: %s", o->name, strerror(errno));
    if (!(o->flags & OUT_GOES_ON))
        exit(EXIT_FAILED);
    out_drop(o);
}

void out_reader_gone(struct out *o)
{
    errno = EPIPE;
    fail(o);
}

size_t out_pending(const struct out *o)
{
    return o->end - o->start;
}

size_t out_space(const struct out *o)
{
    return out_pending(o) < o->limit ? o->limit - out_pending(o) : 0;
}

static void move_to_front(struct out *o)
{
    memmove(o->buffer, o->buffer + o->start, o->end - o->start);
    o->end -= o->start;
    o->shown -= o->shown > o->start ? o->start : o->shown;
    o->start = 0;
}

static void grow(struct out *o, size_t size)
{
    size_t wanted = o->end + size;
    size_t capacity = o->capacity;
    while (capacity < wanted)
        capacity *= 2;
    if (wanted <= o->limit && capacity > o->limit)
        capacity = o->limit;
    o->buffer = xreallocarray(o->buffer, capacity, 1);
    o->capacity = capacity;
}

char *out_make_room(struct out *o, size_t size)
{
    if (o->is_over)
        out_drop(o);
    if (!(o->flags & OUT_QUEUE))
        out_flush(o);
    if (o->start >= o->capacity / 2 || o->end + size > o->limit)
        move_to_front(o);
    if (o->capacity - o->end < size)
        grow(o, size);
    return o->buffer + o->end;
}

void out_put(struct out *o, const char *bytes, size_t length)
{
    memcpy(out_room(o, length), bytes, length);
    out_added(o, length);
}

/* Escapes what has been put since the last time. */
static void show(struct out *o)
{
    size_t from = o->shown > o->start ? o->shown : o->start, length = o->end - from;
    if (!o->is_terminal || !length)
        return;
    char *text = xmalloc(length * 4);
    size_t escaped = terminal_escape(&o->text, text, o->buffer + from, length, true);
    o->end = from;
    if (o->capacity - o->end < escaped)
        grow(o, escaped);
    memcpy(o->buffer + from, text, escaped);
    o->end = o->shown = from + escaped;
    free(text);
}

/* False: the write is still to be made. */
static bool wait_out_shortage(struct out *o)
{
    shortage_report(&o->shortages, "write", o->name, errno);
    shortage_pause();
    return false;
}

static void wrote(struct out *o, size_t n)
{
    o->start += n;
    if (o->start == o->end)
        o->start = o->end = o->shown = 0;
}

/* Writes what it can without blocking. Returns true if nothing is left, which is so when the stream
 * is over. */
static bool write_all(struct out *o)
{
    if (o->is_over)
        out_drop(o);
    show(o);
    while (out_pending(o)) {
        ssize_t n = nowait_write(&o->nowait, o->buffer + o->start, out_pending(o));
        if (n >= 0)
            wrote(o, (size_t)n);
        else if (errno == EAGAIN)
            return false;
        else if (shortage_is(errno))
            return wait_out_shortage(o);
        else if (errno != EINTR)
            fail(o);
    }
    return true;
}

bool out_try_flush(struct out *o)
{
    return write_all(o);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Until when a reader that took something at the time `moved` is waited for, now that a signal may
 * have come. One that moves gets a little more time than --drain. */
static int64_t patience_end(struct out *o, int64_t now, int64_t moved)
{
    int64_t deadline = signals_deadline();
    if (deadline == INT64_MAX || deadline == SIGNALS_AT_ONCE || now < deadline)
        return deadline;
    if (!o->extended)
        o->extended = now;
    return least(moved + MOVING, o->extended + MOVING_MOST);
}

/* Returns false when the time is over. */
static bool wait_for_room(struct out *o, int64_t deadline)
{
    const int64_t moved = clock_monotonic_ms();
    for (int64_t now = moved;; now = clock_monotonic_ms()) {
        int64_t end = least(deadline, patience_end(o, now, moved));
        if (end <= now)
            return false;
        if (signals_wait(out_fd(o), POLLOUT, end == INT64_MAX ? INT64_MAX : end - now))
            return true;
    }
}

static bool flush_until(struct out *o, int64_t deadline)
{
    if (write_all(o))
        return true;
    bool is_good = true;
    do
        is_good = wait_for_room(o, deadline);
    while (is_good && !write_all(o));
    signals_wake();
    return is_good;
}

void out_flush(struct out *o)
{
    if (!flush_until(o, INT64_MAX))
        out_drop(o);
}

bool out_flush_until(struct out *o, int64_t deadline)
{
    return flush_until(o, deadline);
}

void out_close(struct out *o)
{
    out_flush(o);
    shortage_summary(&o->shortages);
    nowait_end(&o->nowait);
    if (close(o->fd) < 0 && !o->error)
        fail(o);
    free(o->buffer);
    o->buffer = NULL;
}
