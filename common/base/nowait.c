#include "base/nowait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind {
    KIND_FILE,   /* a file, or a device such as /dev/null: its writes do not wait for a reader */
    KIND_OWN,    /* a pipe or a terminal that we opened a second time, non-blocking */
    KIND_SOCKET, /* MSG_DONTWAIT */
    KIND_CAREFUL /* anything else: POLLOUT promises room for PIPE_BUF bytes */
};

/* Opening a pipe again through /proc gives us a description of our own. */
static int open_again(int fd)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static enum kind find_kind(struct nowait *w)
{
    struct stat status;
    if (fstat(w->fd, &status) < 0)
        return KIND_FILE; /* the write will fail */
    if (S_ISSOCK(status.st_mode))
        return KIND_SOCKET;
    bool is_terminal = S_ISCHR(status.st_mode) && isatty(w->fd);
    if (S_ISFIFO(status.st_mode) || is_terminal)
        return (w->own_fd = open_again(w->fd)) >= 0 ? KIND_OWN : KIND_CAREFUL;
    return S_ISREG(status.st_mode) || S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) ? KIND_FILE : KIND_CAREFUL;
}

void nowait_begin(struct nowait *w, int fd)
{
    int saved = errno;
    *w = (struct nowait){ .fd = fd, .own_fd = -1 };
    w->kind = (int)find_kind(w);
    errno = saved;
}

void nowait_end(struct nowait *w)
{
    if (w->own_fd >= 0)
        close(w->own_fd);
    w->own_fd = -1;
}

int nowait_fd(const struct nowait *w)
{
    return w->own_fd >= 0 ? w->own_fd : w->fd;
}

ssize_t nowait_write(const struct nowait *w, const char *bytes, size_t length)
{
    if (w->kind == KIND_SOCKET)
        return send(w->fd, bytes, length, MSG_DONTWAIT);
    if (w->kind == KIND_CAREFUL) {
        struct pollfd p = { .fd = w->fd, .events = POLLOUT };
        if (poll(&p, 1, 0) != 1) {
            errno = EAGAIN;
            return -1;
        }
        if (length > PIPE_BUF)
            length = PIPE_BUF;
    }
    return write(nowait_fd(w), bytes, length);
}
