#include "sink/tcp_socket.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/shortage.h"

enum {
    READ_MAX = 1 << 16,  /* bytes that are read at a time */
    SILENT_SENDS = 2,    /* segments without an answer, after which a silent server may be gone */
    SEGMENT_COST = 2048, /* bytes that the kernel charges for a segment besides its own, at most */
};

void tcp_socket_set_reset(int fd, bool resets)
{
    struct linger linger = { .l_onoff = resets, .l_linger = 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

void tcp_socket_set_options(int fd, int64_t timeout)
{
    int on = 1, count = 3, idle = (int)(timeout / 1000) + 1, between = idle / 3 + 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof between);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

bool tcp_socket_is_to_itself(int fd)
{
    struct sockaddr_in6 ours = { .sin6_port = 0 }, theirs = { .sin6_port = 0 };
    socklen_t length = sizeof ours;
    return getsockname(fd, (struct sockaddr *)&ours, &length) == 0 &&
           getpeername(fd, (struct sockaddr *)&theirs, &length) == 0 && memcmp(&ours, &theirs, sizeof ours) == 0;
}

/* The kernel takes bytes, segment by segment, until their cost reaches the socket's limit. It
 * reports a socket as writable when a third of that limit is free. */
size_t tcp_socket_room(int fd, bool *is_writable)
{
    uint32_t figures[SK_MEMINFO_VARS];
    socklen_t length = sizeof figures, segment_length = sizeof(int);
    int segment = 1;
    *is_writable = true;
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, figures, &length) < 0 ||
        length <= SK_MEMINFO_WMEM_QUEUED * sizeof *figures ||
        getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, &segment_length) < 0 || segment < 1)
        return SIZE_MAX;
    uint64_t held = figures[SK_MEMINFO_WMEM_QUEUED], bound = figures[SK_MEMINFO_SNDBUF];
    uint64_t left = held < bound ? bound - held : 0, segments = left / ((uint64_t)segment + SEGMENT_COST);
    *is_writable = left > 0 && left >= held / 2;
    return (size_t)(segments * (uint64_t)segment);
}

/* SIOCOUTQ of tcp(7), by the name that it has without Linux' own headers. */
uint64_t tcp_socket_unacknowledged(int fd)
{
    int bytes = 0;
    return ioctl(fd, TIOCOUTQ, &bytes) == 0 && bytes > 0 ? (uint64_t)bytes : 0;
}

bool tcp_socket_is_silent(int fd, int64_t timeout)
{
    struct tcp_info info;
    socklen_t length = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
        return false;
    return (info.tcpi_retransmits >= SILENT_SENDS || info.tcpi_probes >= SILENT_SENDS) &&
           info.tcpi_last_ack_recv >= timeout;
}

int tcp_socket_error(int fd)
{
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

int tcp_socket_read_end(int fd)
{
    char ignored[4096];
    for (int left = READ_MAX; left > 0; left -= (int)sizeof ignored) {
        ssize_t n = recv(fd, ignored, sizeof ignored, 0);
        if (n == 0)
            return 1;
        if (n < 0)
            return errno == EAGAIN || errno == EINTR || shortage_is(errno) ? 0 : -errno;
    }
    return 0;
}
