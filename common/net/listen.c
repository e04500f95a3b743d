#include "net/listen.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <unistd.h>

#include "net/datagrams.h"

enum { BACKLOG = 4096 }; /* connections that wait to be accepted; the kernel lowers it to net.core.somaxconn */

static int close_failed(int fd)
{
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static int bind_socket(struct net_address *address, int type)
{
    int on = 1;
    int fd = socket(address->any.sa_family, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if ((address->any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0) ||
        ((type & SOCK_STREAM) && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) ||
        bind(fd, &address->any, address->length) < 0 || getsockname(fd, &address->any, &address->length) < 0)
        return close_failed(fd);
    return fd;
}

int net_listen_udp(struct net_address *address)
{
    return bind_socket(address, SOCK_DGRAM);
}

int net_listen_tcp(struct net_address *address)
{
    int fd = bind_socket(address, SOCK_STREAM | SOCK_NONBLOCK);
    return fd >= 0 && listen(fd, BACKLOG) < 0 ? close_failed(fd) : fd;
}

bool net_accept_passes(int error)
{
    return error == EAGAIN || error == EINTR || error == ECONNABORTED || error == EPERM || net_error_passes(error);
}

int64_t net_set_receive_buffer(int fd, int64_t size)
{
    int wanted = size > INT32_MAX / 2 ? INT32_MAX / 2 : (int)size;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) < 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted) < 0)
        return -1;
    return net_receive_buffer(fd);
}

int64_t net_receive_buffer(int fd)
{
    int granted;
    socklen_t length = sizeof granted;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &length) < 0)
        return -1;
    return granted / 2; /* Linux doubles what it was asked for, to make room for its own bookkeeping (socket(7)) */
}

bool net_drops(int fd, uint32_t *drops)
{
    uint32_t figures[SK_MEMINFO_VARS];
    socklen_t length = sizeof figures;
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, figures, &length) < 0 || length <= SK_MEMINFO_DROPS * sizeof *figures)
        return false;
    *drops = figures[SK_MEMINFO_DROPS];
    return true;
}

bool net_stop_arrivals(int fd)
{
    struct sock_filter refuse_all = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = { .len = 1, .filter = &refuse_all };
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

unsigned net_unix_queue(void)
{
    unsigned length = 0;
    FILE *file = fopen("/proc/sys/net/unix/max_dgram_qlen", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%u", &length) != 1)
        length = 0;
    fclose(file);
    return length;
}
