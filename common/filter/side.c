#include "filter/side.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"

enum {
    FLUSH_AT = 1 << 16,    /* bytes that are written together */
    BUFFER_MAX = 1 << 20,  /* bytes that may wait, unless one line is longer */
    CLOSE_PATIENCE = 1000, /* ms: how long a reader that takes nothing is waited for at the end */
};

/* Neither the open nor a write waits for the reader of a pipe or a terminal. */
static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
}

static bool is_fifo(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

static void look_at_size(struct side *f)
{
    struct stat status;
    if (f->fd < 0 || fstat(f->fd, &status) < 0)
        return;
    f->is_file = S_ISREG(status.st_mode);
    f->size = f->is_file ? (uint64_t)status.st_size : 0;
    f->is_full = f->is_full && f->size >= f->max;
}

static void use(struct side *f, int fd)
{
    f->fd = fd;
    f->is_full = f->is_stuck = f->is_torn = f->is_broken_off = false;
    f->is_terminal = isatty(fd);
    look_at_size(f);
}

struct side *side_open(struct side_files *s, const char *path, uint64_t max)
{
    if (!path)
        return NULL;
    struct side *f = &s->files[s->count++];
    *f = (struct side){ .path = path, .fd = -1, .max = max, .patience = s->patience };
    int fd = open_file(path);
    if (fd >= 0)
        use(f, fd);
    else if (errno == ENXIO && is_fifo(path))
        say("open %s: it has no reader yet", path);
    else
        die_errno("open %s", path);
    return f;
}

static void report(struct side *f, const char *reason)
{
    if (!f->is_reported)
        say("write %s: %s", f->path, reason);
    f->is_reported = true;
}

static size_t pending(const struct side *f)
{
    return f->end - f->start;
}

/* Everything that waits is lost. If its first line has been written in part, the next one must not
 * go on in the same line. */
static void drop(struct side *f)
{
    for (size_t i = f->start; i < f->end; i++)
        f->lost += f->buffer[i] == '\n';
    f->is_broken_off = f->is_torn;
    f->start = f->end = 0;
}

static void wrote(struct side *f, size_t n)
{
    f->is_torn = f->buffer[f->start + n - 1] != '\n';
    f->is_stuck = false;
    f->size += n;
    f->start += n;
    if (f->start == f->end)
        f->start = f->end = 0;
}

/* Ends a line that was broken off. */
static ssize_t mend(struct side *f)
{
    ssize_t n = write(f->fd, "\n", 1);
    if (n == 1)
        f->is_broken_off = f->is_torn = false;
    return n;
}

/* Writes what can be written. Returns false if the reader takes nothing. */
static bool flush(struct side *f)
{
    while (pending(f) && f->fd >= 0) {
        bool is_broken_off = f->is_broken_off;
        ssize_t n = is_broken_off ? mend(f) : write(f->fd, f->buffer + f->start, pending(f));
        if (n > 0 && !is_broken_off)
            wrote(f, (size_t)n);
        else if (n == 0 || (n < 0 && errno == EAGAIN))
            return false;
        else if (n < 0 && errno != EINTR) {
            report(f, strerror(errno));
            drop(f);
        }
    }
    return true;
}

/* Waits until the reader moves. False if it does not. */
static bool wait_for_reader(const struct side *f, int patience)
{
    struct pollfd p = { .fd = f->fd, .events = POLLOUT };
    return patience && poll(&p, 1, patience) == 1;
}

/* Makes room for another line in a buffer that holds as much as it may. */
static bool make_room(struct side *f, size_t size)
{
    while (!flush(f) && pending(f) && pending(f) + size > BUFFER_MAX)
        if (f->is_stuck || !wait_for_reader(f, f->patience)) {
            f->is_stuck = true;
            report(f, "its reader takes nothing");
            return false;
        }
    return f->fd >= 0 || !pending(f) || pending(f) + size <= BUFFER_MAX;
}

static void fit(struct side *f, size_t size)
{
    if (f->start) {
        memmove(f->buffer, f->buffer + f->start, pending(f));
        f->end -= f->start;
        f->start = 0;
    }
    if (f->capacity - f->end >= size)
        return;
    f->capacity = f->capacity ? f->capacity : FLUSH_AT;
    while (f->capacity - f->end < size)
        f->capacity *= 2;
    f->buffer = xreallocarray(f->buffer, f->capacity, 1);
}

char *side_room(struct side *f, size_t size)
{
    if (f->is_terminal)
        size *= 4;
    if (f->is_full || (pending(f) + size > FLUSH_AT && !make_room(f, size))) {
        f->lost++;
        return NULL;
    }
    if (f->capacity - f->end < size)
        fit(f, size);
    return f->buffer + f->end;
}

static size_t escape(const struct side *f, size_t size)
{
    struct terminal_text state = { 0 };
    char *text = xmalloc(size * 4);
    size_t length = terminal_escape(&state, text, f->buffer + f->end, size, true);
    memcpy(f->buffer + f->end, text, length);
    free(text);
    return length;
}

void side_added(struct side *f, size_t size)
{
    if (f->is_terminal)
        size = escape(f, size);
    if (f->is_file && f->max && f->size + pending(f) + size > f->max) {
        char reason[64];
        snprintf(reason, sizeof reason, "it has reached --rejects-max, %llu bytes", (unsigned long long)f->max);
        f->is_full = true;
        f->lost++;
        report(f, reason);
        return;
    }
    f->end += size;
}

uint64_t side_count_lost(struct side *f)
{
    if (f)
        flush(f);
    return f ? f->lost : 0;
}

void side_flush(struct side_files *s)
{
    for (size_t i = 0; i < s->count; i++)
        flush(&s->files[i]);
}

static void open_late(struct side *f)
{
    int fd;
    if (f->fd < 0 && (fd = open_file(f->path)) >= 0)
        use(f, fd);
}

bool side_keep(struct side_files *s, int64_t now)
{
    if (now < s->due)
        return false;
    s->due = now + SIDE_INTERVAL;
    for (size_t i = 0; i < s->count; i++) {
        open_late(&s->files[i]);
        look_at_size(&s->files[i]);
    }
    side_flush(s);
    return true;
}

bool side_waits(const struct side_files *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (pending(&s->files[i]))
            return true;
    return false;
}

/* The rest of a line whose beginning is in the old file. */
static void drop_rest(struct side *f)
{
    const char *newline = f->is_torn ? memchr(f->buffer + f->start, '\n', pending(f)) : NULL;
    f->start = newline ? (size_t)(newline + 1 - f->buffer) : f->start;
    f->lost += newline != NULL;
}

static void reopen(struct side *f)
{
    flush(f);
    int fd = open_file(f->path);
    if (fd < 0) {
        say("open %s: %s", f->path, errno == ENXIO ? "it has no reader yet" : strerror(errno));
        return;
    }
    drop_rest(f);
    if (f->fd >= 0)
        close(f->fd);
    f->is_reported = false;
    use(f, fd);
}

void side_reopen(struct side_files *s)
{
    for (size_t i = 0; i < s->count; i++)
        reopen(&s->files[i]);
}

void side_say_lost(const struct side_files *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->files[i].lost)
            say("%s: %llu line%s lost", s->files[i].path, (unsigned long long)s->files[i].lost,
                s->files[i].lost == 1 ? "" : "s");
}

static void end(struct side *f, bool is_early)
{
    open_late(f);
    while (!flush(f) && !is_early && wait_for_reader(f, CLOSE_PATIENCE))
        ;
    if (pending(f))
        report(f, f->fd < 0 ? "it has no reader" : "its reader takes nothing");
    drop(f);
    if (f->fd >= 0 && close(f->fd) < 0)
        report(f, strerror(errno));
    free(f->buffer);
}

bool side_close(struct side_files *s, bool is_early)
{
    bool is_whole = true;
    for (size_t i = 0; i < s->count; i++) {
        end(&s->files[i], is_early);
        is_whole &= !s->files[i].lost && !s->files[i].is_reported;
    }
    side_say_lost(s);
    s->count = 0;
    return is_whole;
}
