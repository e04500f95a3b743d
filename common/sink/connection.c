#include "sink/connection.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "filter/signals.h"

enum { WRITE_MAX = 1 << 18, ACKNOWLEDGE_POLL = 10, GOODBYE_MAX = 500 };

void connection_init(struct connection *c, const struct net_target *t)
{
    *c = (struct connection){
        .target = t,
        .fd = -1,
        .wait = CONNECTION_WAIT_MIN,
        .wait_max = CONNECTION_WAIT_MAX,
        .lookup = { .fd = -1 },
        .last_failure = clock_wall_ms() / 1000,
        .failures = { .what = "failed connections" },
        .shortages = shortages_none,
    };
}

static void drop_socket(struct connection *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

void connection_free(struct connection *c)
{
    net_lookup_cancel(&c->lookup);
    drop_socket(c);
    complaint_summary(&c->failures);
    shortage_summary(&c->shortages);
}

/* Down, until it is time to try again: a quarter more or less than the wait, so that a thousand
 * senders don't all return at once when the other side comes back. */
static void go_down(struct connection *c, int64_t now)
{
    drop_socket(c);
    c->state = CONNECTION_DOWN;
    c->last_failure = clock_wall_ms() / 1000;
    c->due = now + c->wait * 3 / 4 + random() % (c->wait / 2 + 1);
    c->wait = c->wait * 2 < c->wait_max ? c->wait * 2 : c->wait_max;
}

static void fail(struct connection *c, int64_t now, const char *what, const char *reason)
{
    c->failing = true;
    complain(&c->failures, "%s %s: %s", what, c->target->text, reason);
    go_down(c, now);
}

static void begin_lookup(struct connection *c, int64_t now);

/* Tries the next of the addresses, and fails when there is none. */
static void open_next(struct connection *c, int64_t now, int reason)
{
    drop_socket(c);
    while (c->address < c->addresses.count) {
        const struct net_address *a = &c->addresses.list[c->address++];
        c->fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (c->fd >= 0 && (connect(c->fd, &a->any, a->length) == 0 || errno == EINPROGRESS)) {
            c->state = CONNECTION_OPENING;
            c->due = now + CONNECTION_OPEN_MAX;
            return;
        }
        reason = errno;
        drop_socket(c);
    }
    fail(c, now, "connect", strerror(reason));
}

static void begin_lookup(struct connection *c, int64_t now)
{
    c->address = 0;
    if (net_lookup_numeric(c->target->host, c->target->port, &c->addresses)) {
        open_next(c, now, 0);
    } else if (net_lookup_begin(&c->lookup, c->target->host, c->target->port)) {
        c->state = CONNECTION_LOOKUP;
        c->due = now + CONNECTION_LOOKUP_MAX;
    } else {
        fail(c, now, "look up", strerror(errno));
    }
}

int64_t connection_prepare(struct connection *c, const struct queue *q, int64_t now, struct pollfd *p)
{
    bool waiting = queue_ready(q).length > 0;
    if (c->state == CONNECTION_DOWN && waiting && now >= c->due)
        begin_lookup(c, now);
    *p = (struct pollfd){ .fd = c->fd, .events = POLLIN };
    switch (c->state) {
    case CONNECTION_DOWN: p->fd = -1; return waiting ? c->due : INT64_MAX;
    case CONNECTION_LOOKUP: p->fd = c->lookup.fd; return c->due;
    case CONNECTION_OPENING: p->events = POLLOUT; return c->due;
    case CONNECTION_UP: break;
    }
    if (waiting)
        p->events = POLLIN | POLLOUT;
    return INT64_MAX;
}

static void step_lookup(struct connection *c, short revents, int64_t now)
{
    if (revents) {
        net_lookup_end(&c->lookup, &c->addresses);
        if (c->addresses.count)
            open_next(c, now, 0);
        else
            fail(c, now, "look up", gai_strerror(c->addresses.error));
    } else if (now >= c->due) {
        net_lookup_cancel(&c->lookup);
        fail(c, now, "look up", strerror(ETIMEDOUT));
    }
}

static void step_opening(struct connection *c, short revents, int64_t now)
{
    int reason = 0, on = 1;
    socklen_t length = sizeof reason;
    if (!revents) {
        if (now >= c->due)
            open_next(c, now, ETIMEDOUT);
        return;
    }
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &reason, &length) < 0)
        reason = errno;
    if (reason) {
        open_next(c, now, reason);
        return;
    }
    setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->state = CONNECTION_UP;
    complaint_summary(&c->failures);
    if (c->failing)
        warn("connected to %s", c->target->text);
    c->failing = false;
}

/* Bytes written that the other side's kernel has not acknowledged. */
static size_t unacknowledged(const struct connection *c)
{
    int bytes = 0;
    return ioctl(c->fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}

/* The connection has ended. That is worth a word when something was on its way, or somebody wants
 * every word. */
static void lose(struct connection *c, struct queue *q, int64_t now, const char *reason)
{
    queue_sent(q, 0, unacknowledged(c));
    size_t again = queue_rewind(q);
    if (again)
        complain(&c->failures, "write %s: %s: %zu bytes will be sent again", c->target->text, reason, again);
    else if (die_verbosity() > 0)
        say("%s has closed the connection", c->target->text);
    c->failing |= again > 0;
    go_down(c, now);
}

/* The other side answers nothing, so what can be read is the end: true when it has come. */
static bool has_ended(const struct connection *c, const char **reason)
{
    char ignored[512];
    ssize_t n;
    while ((n = recv(c->fd, ignored, sizeof ignored, 0)) > 0)
        ;
    if (n < 0 && (errno == EAGAIN || errno == EINTR || shortage_is(errno)))
        return false;
    *reason = n < 0 ? strerror(errno) : "closed by the other side";
    return true;
}

static void step_up(struct connection *c, struct queue *q, short revents, int64_t now)
{
    const char *reason;
    if ((revents & ~POLLOUT) && has_ended(c, &reason)) {
        lose(c, q, now, reason);
        return;
    }
    struct span ready = queue_ready(q);
    if (!(revents & POLLOUT) || !ready.length)
        return;
    ssize_t n = send(c->fd, ready.text, ready.length < WRITE_MAX ? ready.length : WRITE_MAX, MSG_NOSIGNAL);
    if (n > 0) {
        queue_sent(q, (size_t)n, unacknowledged(c));
        c->progress = now;
        c->wait = CONNECTION_WAIT_MIN;
    } else if (n < 0 && shortage_is(errno)) {
        shortage_report(&c->shortages, "write", c->target->text, errno);
        shortage_pause();
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        lose(c, q, now, strerror(errno));
    }
}

void connection_step(struct connection *c, struct queue *q, short revents, int64_t now)
{
    switch (c->state) {
    case CONNECTION_DOWN: break;
    case CONNECTION_LOOKUP: step_lookup(c, revents, now); break;
    case CONNECTION_OPENING: step_opening(c, revents, now); break;
    case CONNECTION_UP: step_up(c, q, revents, now); break;
    }
}

void connection_hurry(struct connection *c, int64_t now)
{
    c->wait_max = CONNECTION_WAIT_HURRY;
    if (c->wait > c->wait_max)
        c->wait = c->wait_max;
    if (c->state == CONNECTION_DOWN && c->due > now + c->wait)
        c->due = now;
}

/* A FIN that is on its way counts as one byte of SIOCOUTQ. */
static size_t unacknowledged_after_shutdown(const struct connection *c)
{
    size_t bytes = unacknowledged(c);
    return bytes ? bytes - 1 : 0;
}

void connection_close(struct connection *c, struct queue *q, int64_t deadline, int64_t patience)
{
    const char *reason = NULL;
    int64_t now = clock_monotonic_ms();
    if (c->state != CONNECTION_UP || shutdown(c->fd, SHUT_WR) < 0)
        return;
    size_t left = unacknowledged_after_shutdown(c);
    while (now < deadline && signals_deadline() != SIGNALS_AT_ONCE && !has_ended(c, &reason)) {
        struct pollfd p = { .fd = c->fd, .events = POLLIN };
        if (poll(&p, 1, ACKNOWLEDGE_POLL) < 0)
            shortage_pause();
        now = clock_monotonic_ms();
        size_t before = left;
        left = unacknowledged_after_shutdown(c);
        if (left < before && deadline < now + patience)
            deadline = now + patience;
        /* Everything is taken: the goodbye that is still missing is worth only a moment. */
        if (!left && deadline > now + GOODBYE_MAX)
            deadline = now + GOODBYE_MAX;
    }
    queue_sent(q, 0, unacknowledged_after_shutdown(c));
    if (queue_lines(q) && reason)
        lose(c, q, now, reason);
    drop_socket(c);
    c->state = CONNECTION_DOWN;
}

const char *connection_state_text(const struct connection *c)
{
    static const char *const texts[] = {
        [CONNECTION_DOWN] = "not connected",
        [CONNECTION_LOOKUP] = "connecting",
        [CONNECTION_OPENING] = "connecting",
        [CONNECTION_UP] = "connected",
    };
    return texts[c->state];
}
