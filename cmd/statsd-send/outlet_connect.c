#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/shortage.h"
#include "outlet.h"

/* Closes the socket and keeps errno. */
static void drop_socket(struct outlet *o)
{
    int reason = errno;
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
    o->is_connecting = false;
    errno = reason;
}

static bool begin(struct outlet *o, const struct sockaddr *address, socklen_t length)
{
    drop_socket(o);
    o->fd = socket(address->sa_family,
                   (net_is_stream(o->kind) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_connected = o->fd >= 0 && connect(o->fd, address, length) == 0;
    if (o->fd < 0 || (!is_connected && errno != EINPROGRESS)) {
        drop_socket(o);
        return false;
    }
    o->is_connecting = !is_connected;
    return true;
}

static bool begin_unix(struct outlet *o)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memcpy(address.sun_path, o->target.text, strlen(o->target.text));
    return begin(o, (struct sockaddr *)&address, sizeof address);
}

static bool begin_address(struct outlet *o, const struct net_address *address)
{
    o->address = *address;
    return begin(o, &address->any, address->length);
}

/* Waits for the connection for at most this many ms, whatever signals and shortages come. */
static bool is_over(const struct outlet *o, int wait)
{
    struct pollfd p = { .fd = o->fd, .events = POLLOUT };
    int64_t due = clock_monotonic_ms() + wait;
    int ready;
    while ((ready = poll(&p, 1, wait)) < 0 && (errno == EINTR || shortage_is(errno)) && wait > 0) {
        shortage_pause();
        int64_t left = due - clock_monotonic_ms();
        wait = left > 0 ? (int)left : 0;
    }
    return ready > 0;
}

/* Waits for a connection for at most this many ms. False: it has failed, or is still under way. A
 * socket that is connected may still not be writable: a Unix datagram socket, while its reader's
 * queue is full. */
static bool finish(struct outlet *o, int wait)
{
    int error = ETIMEDOUT;
    socklen_t size = sizeof error;
    if (!o->is_connecting)
        return true;
    if (!is_over(o, wait)) {
        errno = ETIMEDOUT;
        return false;
    }
    getsockopt(o->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    o->is_connecting = false;
    errno = error;
    if (error)
        drop_socket(o);
    return !error;
}

static bool is_path(const struct outlet *o)
{
    return o->kind == NET_UNIX || o->kind == NET_UNIXGRAM;
}

/* A Unix stream whose server has as many connections waiting as it wants says EAGAIN. */
static bool connect_unix(struct outlet *o)
{
    int64_t due = clock_monotonic_ms() + OUTLET_CONNECT;
    bool is_begun;
    while (!(is_begun = begin_unix(o)) && errno == EAGAIN && clock_monotonic_ms() < due)
        poll(NULL, 0, OUTLET_GLANCE);
    return is_begun;
}

bool outlet_connect(struct outlet *o)
{
    struct net_addresses found = { 0 };
    if (is_path(o))
        return connect_unix(o);
    if (!net_lookup_numeric(o->target.host, o->target.port, &found)) {
        if (!net_lookup_begin(&o->lookup, o->target.host, o->target.port))
            die_errno("look up %s", o->target.text);
        net_lookup_end(&o->lookup, &found);
    }
    if (!found.count)
        die("look up %s: %s", o->target.text, gai_strerror(found.error));
    for (size_t i = 0; i < found.count; i++)
        if (begin_address(o, &found.list[i]) && finish(o, OUTLET_CONNECT))
            return true;
    drop_socket(o);
    return false;
}

/* Finds the addresses, without waiting longer than a glance. False: there are none yet. */
static bool look_up(struct outlet *o, struct net_addresses *found)
{
    if (net_lookup_numeric(o->target.host, o->target.port, found))
        return true;
    if (o->lookup.fd < 0 && !net_lookup_begin(&o->lookup, o->target.host, o->target.port))
        return false;
    struct pollfd p = { .fd = o->lookup.fd, .events = POLLIN };
    if (poll(&p, 1, OUTLET_GLANCE) <= 0)
        return false;
    net_lookup_end(&o->lookup, found);
    return found->count > 0;
}

bool outlet_reconnect(struct outlet *o)
{
    struct net_addresses found = { 0 };
    int64_t now = clock_monotonic_ms();
    if (o->is_connecting && now < o->retry - OUTLET_RETRY + OUTLET_CONNECT)
        return finish(o, 0);
    drop_socket(o);
    if (now < o->retry)
        return false;
    o->retry = now + OUTLET_RETRY;
    if (is_path(o))
        return begin_unix(o);
    /* Another address each time. */
    return look_up(o, &found) && begin_address(o, &found.list[o->attempts++ % found.count]) && finish(o, OUTLET_GLANCE);
}
