#include "filter/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"

enum { PIPE_SIZE = 1 << 18 };

/* How a write is kept from blocking. */
enum kind {
    KIND_FILE,   /* a regular file: its writes do not wait for a reader */
    KIND_OWN,    /* a pipe that we opened a second time, non-blocking */
    KIND_SOCKET, /* MSG_DONTWAIT */
    KIND_CAREFUL /* anything else: POLLOUT promises room for PIPE_BUF bytes */
};

/* O_NONBLOCK belongs to the open file description, which the pipe's end shares with every process
 * that inherited it. Opening the pipe again through /proc gives us a description of our own. If
 * that fails, KIND_CAREFUL is used. */
static int open_again(int fd)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

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

static void find_kind(struct out *o)
{
    struct stat status;
    o->kind = KIND_CAREFUL;
    if (fstat(o->fd, &status) < 0)
        return;
    if (S_ISREG(status.st_mode))
        o->kind = KIND_FILE;
    else if (S_ISSOCK(status.st_mode))
        o->kind = KIND_SOCKET;
    else if (S_ISFIFO(status.st_mode) && (o->own_fd = open_again(o->fd)) >= 0)
        o->kind = KIND_OWN;
}

void out_init(struct out *o, int fd, const char *name, size_t capacity, int flags)
{
    *o = (struct out){ .name = name, .fd = fd, .own_fd = -1, .flags = flags, .limit = capacity, .capacity = capacity };
    o->shortages = shortages_none;
    o->buffer = xmalloc(capacity);
    widen_pipe(fd);
    if (flags & OUT_QUEUE)
        find_kind(o);
}

int out_fd(const struct out *o)
{
    return o->own_fd >= 0 ? o->own_fd : o->fd;
}

static _Noreturn void fail(const struct out *o)
{
    if (errno == EPIPE && !(o->flags & OUT_SAY_CLOSED))
        exit(EXIT_FAILED);
    die_errno("write %s", o->name);
}

void out_reader_gone(const struct out *o)
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
    o->start = 0;
}

static void grow(struct out *o, size_t size)
{
    size_t wanted = o->end + size;
    size_t capacity = o->capacity;
    while (capacity < wanted)
        capacity *= 2;
    o->buffer = xreallocarray(o->buffer, capacity, 1);
    o->capacity = capacity;
}

char *out_make_room(struct out *o, size_t size)
{
    if (!(o->flags & OUT_QUEUE))
        out_flush(o);
    if (o->start)
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

static void wait_writable(const struct out *o)
{
    struct pollfd p = { .fd = out_fd(o), .events = POLLOUT };
    if (poll(&p, 1, -1) < 0 && shortage_is(errno))
        shortage_pause();
}

static void wait_out_shortage(struct out *o)
{
    shortage_report(&o->shortages, "write", o->name, errno);
    shortage_pause();
}

static void wrote(struct out *o, size_t n)
{
    o->start += n;
    if (o->start == o->end)
        o->start = o->end = 0;
}

/* Writes once. Returns false if the write would block. */
static bool write_once(struct out *o, bool wait)
{
    size_t size = out_pending(o);
    if (!wait && o->kind == KIND_CAREFUL) {
        struct pollfd p = { .fd = o->fd, .events = POLLOUT };
        if (poll(&p, 1, 0) != 1)
            return false;
        if (size > PIPE_BUF)
            size = PIPE_BUF;
    }
    const char *from = o->buffer + o->start;
    ssize_t n;
    if (!wait && o->kind == KIND_SOCKET)
        n = send(o->fd, from, size, MSG_DONTWAIT);
    else
        n = write(out_fd(o), from, size);
    if (n >= 0)
        wrote(o, (size_t)n);
    else if (errno == EAGAIN && !wait)
        return false;
    else if (errno == EAGAIN)
        wait_writable(o); /* another process made the description non-blocking */
    else if (shortage_is(errno)) {
        wait_out_shortage(o);
        return wait;
    } else if (errno != EINTR)
        fail(o);
    return true;
}

void out_flush(struct out *o)
{
    while (out_pending(o))
        write_once(o, true);
}

bool out_try_flush(struct out *o)
{
    while (out_pending(o))
        if (!write_once(o, false))
            return false;
    return true;
}

void out_close(struct out *o)
{
    out_flush(o);
    shortage_summary(&o->shortages);
    if (o->own_fd >= 0)
        close(o->own_fd);
    if (close(o->fd) < 0)
        fail(o);
    free(o->buffer);
    o->buffer = NULL;
}
