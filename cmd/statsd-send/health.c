#include "health.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/die.h"

void health_init(struct health *h, struct health_check *checks, struct shard_node *nodes, size_t count,
                 int64_t interval)
{
    *h = (struct health){ epoll_create1(EPOLL_CLOEXEC), interval, checks, nodes, count };
    if (h->poll_fd < 0)
        die_errno("epoll_create");
    for (size_t i = 0; i < count; i++) {
        checks[i].fd = -1;
        checks[i].due = INT64_MIN;
    }
}

static void close_check(struct health_check *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->is_asked = false;
    c->length = 0;
}

void health_free(struct health *h)
{
    for (size_t i = 0; i < h->count; i++)
        close_check(&h->checks[i]);
    close(h->poll_fd);
}

int health_fd(const struct health *h)
{
    return h->poll_fd;
}

/* The question is over: asks again in an interval. */
static void decide(struct health *h, size_t i, bool is_up, int64_t now)
{
    struct health_check *c = &h->checks[i];
    close_check(c);
    c->due = now + h->interval;
    if (h->nodes[i].is_down == !is_up)
        return;
    h->nodes[i].is_down = !is_up;
    warn(is_up ? "%s is up: its series come back" : "%s is down: its series go to the others", c->name);
}

static bool begin(struct health *h, size_t i, int64_t now)
{
    struct health_check *c = &h->checks[i];
    c->due = now + h->interval;
    c->fd = socket(c->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || (connect(c->fd, &c->address.any, c->address.length) < 0 && errno != EINPROGRESS))
        return false;
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.u64 = i };
    return epoll_ctl(h->poll_fd, EPOLL_CTL_ADD, c->fd, &event) == 0;
}

/* Sends the question. False: the connection has failed. */
static bool ask(struct health *h, size_t i)
{
    static const char question[] = "health\n";
    struct health_check *c = &h->checks[i];
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };
    c->is_asked = true;
    return send(c->fd, question, sizeof question - 1, MSG_NOSIGNAL) == (ssize_t)sizeof question - 1 &&
           epoll_ctl(h->poll_fd, EPOLL_CTL_MOD, c->fd, &event) == 0;
}

/* Reads the answer. True once its line is there, or there will be none. */
static bool has_answer(struct health_check *c)
{
    ssize_t n = recv(c->fd, c->answer + c->length, sizeof c->answer - c->length, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    c->length += n > 0 ? (size_t)n : 0;
    return n <= 0 || c->length == sizeof c->answer || memchr(c->answer, '\n', c->length);
}

static bool says_up(const struct health_check *c)
{
    static const char up[] = "health: up";
    return c->length >= sizeof up - 1 && memcmp(c->answer, up, sizeof up - 1) == 0;
}

static void take_event(struct health *h, size_t i, int64_t now)
{
    struct health_check *c = &h->checks[i];
    if (c->fd < 0)
        return;
    if (!c->is_asked) {
        if (!ask(h, i))
            decide(h, i, false, now);
    } else if (has_answer(c)) {
        decide(h, i, says_up(c), now);
    }
}

int64_t health_step(struct health *h, int64_t now)
{
    struct epoll_event events[16];
    int64_t due = INT64_MAX;
    int count = epoll_wait(h->poll_fd, events, 16, 0);
    for (int i = 0; i < count; i++)
        take_event(h, (size_t)events[i].data.u64, now);
    for (size_t i = 0; i < h->count; i++) {
        struct health_check *c = &h->checks[i];
        if (!c->name)
            continue;
        bool is_due = now >= c->due;
        if (is_due && (c->fd >= 0 || !begin(h, i, now)))
            decide(h, i, false, now);
        due = c->due < due ? c->due : due;
    }
    return due;
}
