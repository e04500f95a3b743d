#include "outlet.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "net/lookup.h"

bool outlet_parse(struct outlet *o, enum net_kind kind, const char *text)
{
    *o = (struct outlet){ .kind = kind, .fd = -1, .failures = { .what = "failures" }, .shortages = shortages_none };
    if (kind == NET_UDP || kind == NET_TCP)
        return net_parse_target(text, OUTLET_PORT, &o->target);
    size_t length = strlen(text);
    if (!length || length >= NET_PATH_MAX)
        return false;
    memcpy(o->target.text, text, length + 1);
    return true;
}

static bool connect_unix(struct outlet *o)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memcpy(address.sun_path, o->target.text, strlen(o->target.text));
    o->fd = socket(AF_UNIX, (net_is_stream(o->kind) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
    if (o->fd >= 0 && connect(o->fd, (struct sockaddr *)&address, sizeof address) == 0)
        return true;
    int reason = errno;
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
    errno = reason;
    return false;
}

static bool connect_address(struct outlet *o, const struct net_address *a)
{
    o->fd = socket(a->any.sa_family, (net_is_stream(o->kind) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
    struct timeval most = { .tv_sec = OUTLET_CONNECT };
    if (o->fd >= 0)
        setsockopt(o->fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    if (o->fd >= 0 && connect(o->fd, &a->any, a->length) == 0)
        return true;
    int reason = errno;
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
    errno = reason;
    return false;
}

static bool connect_internet(struct outlet *o)
{
    struct net_lookup lookup = { .fd = -1 };
    struct net_addresses found;
    if (!net_lookup_numeric(o->target.host, o->target.port, &found)) {
        if (!net_lookup_begin(&lookup, o->target.host, o->target.port))
            return false;
        net_lookup_end(&lookup, &found);
    }
    if (!found.count) {
        complain(&o->failures, "look up %s: %s", o->target.text, gai_strerror(found.error));
        errno = EADDRNOTAVAIL;
    }
    for (size_t i = 0; i < found.count; i++)
        if (connect_address(o, &found.list[i]))
            return true;
    return false;
}

static bool connect_place(struct outlet *o)
{
    return o->kind == NET_UNIX || o->kind == NET_UNIXGRAM ? connect_unix(o) : connect_internet(o);
}

void outlet_open(struct outlet *o, size_t mtu)
{
    o->mtu = net_is_stream(o->kind) ? (size_t)1 << 16 : mtu;
    o->buffer = xmalloc(OUTLET_BATCH * o->mtu);
    if (!connect_place(o))
        die_errno("connect %s %s", net_kind_name(o->kind), o->target.text);
}

static void fail(struct outlet *o, uint64_t lines, int error)
{
    o->lost += lines;
    complain(&o->failures, "send %s %s: %s", net_kind_name(o->kind), o->target.text, strerror(error));
}

/* Connects again, once in OUTLET_RETRY. */
static bool reconnect(struct outlet *o)
{
    int64_t now = clock_monotonic_ms();
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
    if (now < o->retry)
        return false;
    o->retry = now + OUTLET_RETRY;
    return connect_place(o);
}

/* The kernel may take part of the batch. ECONNREFUSED tells of an earlier datagram, and is told
 * once for it, so the same one is sent again. */
static void send_datagrams(struct outlet *o)
{
    bool is_second = false;
    for (unsigned i = 0; i < o->count;) {
        int sent = sendmmsg(o->fd, o->headers + i, o->count - i, 0);
        if (sent > 0) {
            i += (unsigned)sent;
            o->datagrams += (unsigned)sent;
            is_second = false;
        } else if (shortage_is(errno)) {
            shortage_report(&o->shortages, "send", o->target.text, errno);
            shortage_pause();
        } else if (o->kind == NET_UNIXGRAM && !is_second && (o->fd < 0 || errno == ECONNREFUSED || errno == ENOTCONN)) {
            is_second = reconnect(o);
            if (!is_second)
                fail(o, o->lines_in[i++], ECONNREFUSED);
        } else if (errno == ECONNREFUSED && !is_second) {
            complain(&o->failures, "send udp %s: %s", o->target.text, strerror(errno));
            is_second = true;
        } else if (errno != EINTR) {
            fail(o, o->lines_in[i++], errno);
            is_second = false;
        }
    }
}

/* Sends the whole of a buffer. A connection may have died while nothing was sent, so a failure is
 * followed by a second try, with whole lines again. */
static bool send_all(struct outlet *o, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        ssize_t n = o->fd < 0 ? -1 : send(o->fd, bytes + at, length - at, MSG_NOSIGNAL);
        if (n < 0 && o->fd >= 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

static void send_stream(struct outlet *o)
{
    for (unsigned i = 0; i < o->count; i++) {
        const char *bytes = o->buffer + i * o->mtu;
        if (send_all(o, bytes, o->lengths[i]) || (reconnect(o) && send_all(o, bytes, o->lengths[i])))
            continue;
        fail(o, o->lines_in[i], o->fd < 0 ? ENOTCONN : errno);
    }
}

void outlet_flush(struct outlet *o)
{
    for (unsigned i = 0; i < o->count; i++) {
        o->parts[i] = (struct iovec){ o->buffer + i * o->mtu, o->lengths[i] };
        o->headers[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &o->parts[i], .msg_iovlen = 1 } };
    }
    if (net_is_stream(o->kind))
        send_stream(o);
    else
        send_datagrams(o);
    o->count = 0;
}

/* Adds one line. */
static void put_line(struct outlet *o, struct span line)
{
    bool is_stream = net_is_stream(o->kind);
    size_t size = line.length + 1; /* with an LF before it, or in a stream after it */
    if (!o->count || o->lengths[o->count - 1] + size > o->mtu) {
        if (o->count == OUTLET_BATCH)
            outlet_flush(o);
        o->lengths[o->count] = o->lines_in[o->count] = 0;
        o->count++;
    }
    unsigned last = o->count - 1;
    char *to = o->buffer + last * o->mtu + o->lengths[last];
    if (!is_stream && o->lengths[last])
        *to++ = '\n';
    memcpy(to, line.text, line.length);
    to += line.length;
    if (is_stream)
        *to++ = '\n';
    o->lengths[last] = (size_t)(to - (o->buffer + last * o->mtu));
    o->lines_in[last]++;
    o->lines++;
}

bool outlet_put(struct outlet *o, struct span lines)
{
    const char *end = lines.text + lines.length;
    for (int pass = 0; pass < 2; pass++)
        for (const char *line = lines.text; line < end;) {
            const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
            if (pass == 0 && (size_t)(stop - line) + net_is_stream(o->kind) > o->mtu)
                return false;
            if (pass == 1)
                put_line(o, span_between(line, stop));
            line = stop + 1;
        }
    return true;
}

void outlet_close(struct outlet *o)
{
    outlet_flush(o);
    if (o->fd >= 0)
        close(o->fd);
    complaint_summary(&o->failures);
    shortage_summary(&o->shortages);
    free(o->buffer);
}
