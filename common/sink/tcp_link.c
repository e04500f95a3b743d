#include "sink/tcp_link.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/shortage.h"
#include "base/xalloc.h"
#include "sink/tcp.h"
#include "sink/tcp_lines.h"
#include "sink/tcp_socket.h"

enum {
    CHECK_MOST = 250, /* ms between looks at what is acknowledged */
};

/* --- the descriptor --------------------------------------------------------------------------- */

static void watch(struct tcp_link *l, int fd, uint32_t events)
{
    struct epoll_event e = { .events = events, .data.ptr = l };
    epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e);
    l->watched = events;
}

static void rewatch(struct tcp_link *l, uint32_t events)
{
    struct epoll_event e = { .events = events, .data.ptr = l };
    if (l->watched != events)
        epoll_ctl(l->epoll, EPOLL_CTL_MOD, l->fd, &e);
    l->watched = events;
}

static void unwatch(const struct tcp_link *l, int fd)
{
    struct epoll_event none = { .events = 0 };
    epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, &none);
}

static void drop_socket(struct tcp_link *l)
{
    if (l->fd < 0)
        return;
    unwatch(l, l->fd);
    close(l->fd);
    l->fd = -1;
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum tcp_link_result fail(struct tcp_link *l, const char *what, const char *why)
{
    l->what = what;
    l->why = why;
    return TCP_LINK_FAILED;
}

/* Tries the next of the addresses, and fails when there is none. */
static enum tcp_link_result open_next(struct tcp_link *l, int64_t now, int reason)
{
    drop_socket(l);
    while (l->address < l->addresses.count) {
        const struct net_address *a = &l->addresses.list[l->address++];
        l->fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (l->fd >= 0)
            watch(l, l->fd, EPOLLOUT);
        if (l->fd >= 0 && (connect(l->fd, &a->any, a->length) == 0 || errno == EINPROGRESS)) {
            l->state = TCP_LINK_OPENING;
            l->due = now + (l->timeout < TCP_OPEN_MAX ? l->timeout : TCP_OPEN_MAX);
            return TCP_LINK_GOES_ON;
        }
        reason = errno;
        drop_socket(l);
    }
    return fail(l, "connect", strerror(reason));
}

struct tcp_link *tcp_link_begin(const struct net_target *target, size_t place, int epoll, int64_t timeout, int64_t now)
{
    struct tcp_link *l = xcalloc(1, sizeof *l);
    *l = (struct tcp_link){ .target = target,
                            .place = place,
                            .epoll = epoll,
                            .fd = -1,
                            .lookup = { .fd = -1 },
                            .timeout = timeout,
                            .last = &l->first };
    l->due = now; /* if it failed at once, the first step reports that */
    if (net_lookup_numeric(target->host, target->port, &l->addresses)) {
        open_next(l, now, 0);
    } else if (net_lookup_begin(&l->lookup, target->host, target->port)) {
        watch(l, l->lookup.fd, EPOLLIN);
        l->due = now + timeout;
    } else {
        fail(l, "look up", strerror(errno));
    }
    return l;
}

static enum tcp_link_result step_lookup(struct tcp_link *l, int64_t now)
{
    bool is_due = now >= l->due;
    if (!is_due && !l->is_ready)
        return TCP_LINK_GOES_ON;
    unwatch(l, l->lookup.fd);
    if (is_due) {
        net_lookup_cancel(&l->lookup);
        return fail(l, "look up", strerror(ETIMEDOUT));
    }
    net_lookup_end(&l->lookup, &l->addresses);
    return l->addresses.count ? open_next(l, now, 0) : fail(l, "look up", gai_strerror(l->addresses.error));
}

static enum tcp_link_result step_opening(struct tcp_link *l, int64_t now)
{
    int reason = 0;
    socklen_t length = sizeof reason;
    if (!l->is_ready)
        return now >= l->due ? open_next(l, now, ETIMEDOUT) : TCP_LINK_GOES_ON;
    if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &reason, &length) < 0)
        reason = errno;
    if (!reason && tcp_socket_is_to_itself(l->fd))
        reason = ECONNREFUSED;
    if (reason)
        return open_next(l, now, reason);
    tcp_socket_set_options(l->fd, l->timeout);
    rewatch(l, EPOLLIN | EPOLLRDHUP);
    l->state = TCP_LINK_UP;
    l->moved = l->opened = now;
    return TCP_LINK_OPENED;
}

/* --- what has been acknowledged --------------------------------------------------------------- */

bool tcp_link_is_acknowledged(const struct tcp_link *l)
{
    return l->acknowledged >= l->written + (l->state == TCP_LINK_ASKING);
}

static void note_acknowledged(struct tcp_link *l, int64_t now)
{
    uint64_t sent = l->written + (l->state == TCP_LINK_ASKING), left = tcp_socket_unacknowledged(l->fd);
    uint64_t acknowledged = left < sent ? sent - left : 0;
    if (acknowledged > l->acknowledged) {
        l->moved = now;
        l->is_stalled = false;
    }
    l->acknowledged = acknowledged;
}

/* --- up and asking ---------------------------------------------------------------------------- */

static enum tcp_link_result take_end(struct tcp_link *l, int end)
{
    int error = end < 0 ? -end : tcp_socket_error(l->fd);
    if (error)
        return fail(l, "write", strerror(error));
    if (l->state == TCP_LINK_ASKING && !tcp_socket_unacknowledged(l->fd))
        return TCP_LINK_ANSWERED;
    return fail(l, "write", "closed by the other side");
}

/* When to look at what has been acknowledged: there is no event for that. */
static int64_t next_check(const struct tcp_link *l, int64_t now)
{
    return now + (l->timeout / 8 < CHECK_MOST ? l->timeout / 8 + 1 : CHECK_MOST);
}

static enum tcp_link_result step_up(struct tcp_link *l, int64_t now)
{
    note_acknowledged(l, now);
    int end = tcp_socket_read_end(l->fd);
    if (end)
        return take_end(l, end);
    l->check = next_check(l, now);
    if (tcp_link_is_acknowledged(l)) {
        l->check = l->moved + l->timeout;
        return TCP_LINK_GOES_ON;
    }
    if (tcp_socket_is_silent(l->fd, l->timeout))
        return fail(l, "write", strerror(ETIMEDOUT));
    l->is_stalled |= now - l->moved >= l->timeout;
    return TCP_LINK_GOES_ON;
}

enum tcp_link_result tcp_link_step(struct tcp_link *l, int64_t now)
{
    enum tcp_link_result result = TCP_LINK_GOES_ON;
    if (l->why)
        return TCP_LINK_FAILED;
    switch (l->state) {
    case TCP_LINK_LOOKUP: result = step_lookup(l, now); break;
    case TCP_LINK_OPENING: result = step_opening(l, now); break;
    case TCP_LINK_UP:
    case TCP_LINK_ASKING: result = step_up(l, now); break;
    }
    l->is_ready = false;
    return result;
}

int64_t tcp_link_due(const struct tcp_link *l)
{
    if (l->state == TCP_LINK_LOOKUP || l->state == TCP_LINK_OPENING)
        return l->due;
    bool is_waiting = l->state == TCP_LINK_ASKING || l->acknowledged < l->written;
    return is_waiting ? l->check : INT64_MAX;
}

void tcp_link_add(struct tcp_link *l, struct batch *b)
{
    b->next = NULL;
    *l->last = b;
    l->last = &b->next;
    l->bytes += b->length;
    l->writing = b;
    l->offset = 0;
}

enum tcp_link_result tcp_link_write(struct tcp_link *l, size_t most, int64_t now)
{
    ssize_t n;
    for (size_t written = 0; l->writing && written < most && (n = tcp_lines_write(l)) != 0; written += (size_t)n) {
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n < 0 && shortage_is(errno)) {
            l->shortage = errno;
            break;
        }
        if (n < 0)
            return fail(l, "write", strerror(errno));
        l->moved = now;
    }
    l->check = next_check(l, now);
    rewatch(l, EPOLLIN | EPOLLRDHUP | (l->writing ? EPOLLOUT : 0));
    return TCP_LINK_GOES_ON;
}

enum tcp_link_result tcp_link_ask(struct tcp_link *l, int64_t now)
{
    /* If its end has come already, our shutdown has not caused it. */
    int end = tcp_socket_read_end(l->fd);
    if (end)
        return take_end(l, end);
    if (shutdown(l->fd, SHUT_WR) < 0)
        return fail(l, "write", strerror(errno));
    rewatch(l, EPOLLIN);
    l->state = TCP_LINK_ASKING;
    l->moved = now;
    l->check = now;
    return TCP_LINK_GOES_ON;
}

/* --- the end ---------------------------------------------------------------------------------- */

struct batch *tcp_link_next(struct tcp_link *l, bool *is_acknowledged)
{
    struct batch *b = l->first;
    if (!b)
        return NULL;
    *is_acknowledged = l->acknowledged >= b->length && b != l->writing;
    l->acknowledged -= *is_acknowledged ? b->length : l->acknowledged;
    l->first = b->next;
    if (!l->first)
        l->last = &l->first;
    b->next = NULL;
    return b;
}

void tcp_link_end(struct tcp_link *l)
{
    if (l->lookup.fd >= 0)
        unwatch(l, l->lookup.fd);
    net_lookup_cancel(&l->lookup);
    drop_socket(l);
    free(l);
}
