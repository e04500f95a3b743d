#include "outlet.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"

/* Of a place that was stuck until its connection, or the run, ended. */
static const char GONE[] = "took nothing to the end";

bool outlet_parse(struct outlet *o, enum net_kind kind, const char *text)
{
    *o = (struct outlet){
        .kind = kind, .fd = -1, .lookup = { .fd = -1 }, .failures = { .what = "failures" }, .shortages = shortages_none
    };
    if (kind == NET_UDP || kind == NET_TCP)
        return net_parse_target(text, OUTLET_PORT, &o->target);
    size_t length = strlen(text);
    if (!length || length >= NET_PATH_MAX)
        return false;
    memcpy(o->target.text, text, length + 1);
    return true;
}

bool outlet_open(struct outlet *o, size_t mtu)
{
    o->mtu = net_is_stream(o->kind) ? (size_t)1 << 16 : mtu;
    o->buffer = xmalloc(OUTLET_BATCH * o->mtu);
    o->rest = net_is_stream(o->kind) ? xmalloc(o->mtu) : NULL;
    return outlet_connect(o);
}

static void fail(struct outlet *o, uint64_t lines, int error)
{
    o->lost += lines;
    complain(&o->failures, "send %s %s: %s", net_kind_name(o->kind), o->target.text, strerror(error));
}

/* What was lost meanwhile is reported, after these words. */
static void end_stuck(struct outlet *o, const char *words)
{
    if (!o->is_stuck)
        return;
    o->is_stuck = false;
    complain(&o->failures, "%s %s %s: %llu lost", net_kind_name(o->kind), o->target.text, words,
             (unsigned long long)(o->lost - o->lost_before));
}

/* It has taken something. */
static void take_progress(struct outlet *o)
{
    end_stuck(o, "takes lines again");
}

/* Waits for room in the kernel's buffers, for OUTLET_PATIENCE since *since (monotonic ms, 0: from
 * now on) at most. It returns early, because a socket is called writable only long after it takes
 * bytes again. False: the place is stuck. */
static bool wait_for_room(struct outlet *o, int64_t *since)
{
    struct pollfd p = { .fd = o->fd, .events = POLLOUT };
    int64_t now = clock_monotonic_ms();
    if (o->is_stuck)
        return false;
    *since = *since ? *since : now;
    if (now < *since + OUTLET_PATIENCE) {
        poll(&p, 1, OUTLET_GLANCE);
        return true;
    }
    o->is_stuck = true;
    o->lost_before = o->lost;
    complain(&o->failures, "%s %s takes nothing: its lines are dropped until it does", net_kind_name(o->kind),
             o->target.text);
    return false;
}

/* The kernel may take part of the batch. ECONNREFUSED tells of an earlier datagram, and is told
 * once for it, so the same one is sent again. */
static void send_datagrams(struct outlet *o)
{
    bool is_second = false;
    int64_t since = 0;
    for (unsigned i = 0; i < o->count;) {
        int sent = sendmmsg(o->fd, o->headers + i, o->count - i, 0);
        if (sent > 0) {
            i += (unsigned)sent;
            o->datagrams += (unsigned)sent;
            is_second = false;
            since = 0;
            take_progress(o);
        } else if (errno == EAGAIN && o->fd >= 0) {
            if (!wait_for_room(o, &since))
                o->lost += o->lines_in[i++];
        } else if (shortage_is(errno)) {
            shortage_report(&o->shortages, "send", o->target.text, errno);
            shortage_pause();
        } else if (o->fd < 0 ||
                   (o->kind == NET_UNIXGRAM && !is_second && (errno == ECONNREFUSED || errno == ENOTCONN))) {
            is_second = outlet_reconnect(o);
            if (!is_second)
                fail(o, o->lines_in[i++], o->kind == NET_UNIXGRAM ? ECONNREFUSED : ENOTCONN);
        } else if (errno == ECONNREFUSED && !is_second) {
            complain(&o->failures, "send udp %s: %s", o->target.text, strerror(errno));
            is_second = true;
        } else if (errno != EINTR) {
            fail(o, o->lines_in[i++], errno);
            is_second = false;
        }
    }
}

enum sending { SENT, STUCK, BROKEN };

/* Sends from *at on, and leaves there how far it came. */
static enum sending send_some(struct outlet *o, const char *bytes, size_t length, size_t *at)
{
    int64_t since = 0;
    while (*at < length) {
        ssize_t n = o->fd < 0 || o->is_connecting ? -1 : send(o->fd, bytes + *at, length - *at, MSG_NOSIGNAL);
        if (n >= 0) {
            *at += (size_t)n;
            since = 0;
            take_progress(o);
        } else if (o->fd < 0 || o->is_connecting || (errno != EINTR && errno != EAGAIN)) {
            return BROKEN;
        } else if (errno == EAGAIN && !wait_for_room(o, &since)) {
            return STUCK;
        }
    }
    return SENT;
}

static uint64_t count_lines(const char *text, const char *end)
{
    uint64_t lines = 0;
    for (; text < end && (text = memchr(text, '\n', (size_t)(end - text))); text++)
        lines++;
    return lines;
}

/* Drops what a stuck stream has not taken, but for the rest of a line that it has begun to take. */
static void keep_rest(struct outlet *o, const char *bytes, size_t at, size_t length)
{
    const char *rest = bytes + at, *end = bytes + length;
    if (at && rest[-1] != '\n') {
        const char *next = (const char *)memchr(rest, '\n', length - at) + 1;
        o->rest_length = (size_t)(next - rest);
        memcpy(o->rest, rest, o->rest_length);
        rest = next;
    }
    o->lost += count_lines(rest, end);
}

/* Sends the rest of a line that was cut. A new connection has no use for it. */
static enum sending send_rest(struct outlet *o)
{
    size_t at = 0;
    enum sending sending = send_some(o, o->rest, o->rest_length, &at);
    o->rest_length -= at;
    memmove(o->rest, o->rest + at, o->rest_length);
    if (sending == BROKEN) {
        o->rest_length = 0;
        o->lost++;
    }
    return sending;
}

/* Sends a buffer. A connection may have died while nothing was sent, so a failure is followed by a
 * second try, with whole lines again. */
static void send_buffer(struct outlet *o, const char *bytes, size_t length, uint64_t lines)
{
    size_t at = 0;
    enum sending sending = o->rest_length ? send_rest(o) : SENT;
    if (sending == SENT)
        sending = send_some(o, bytes, length, &at);
    if (sending == BROKEN) {
        int reason = o->fd < 0 || o->is_connecting ? ENOTCONN : errno;
        while (at && bytes[at - 1] != '\n')
            at--;
        end_stuck(o, GONE);
        if (outlet_reconnect(o))
            sending = send_some(o, bytes, length, &at);
        if (sending == BROKEN)
            fail(o, at ? count_lines(bytes + at, bytes + length) : lines, reason);
    }
    if (sending == STUCK)
        keep_rest(o, bytes, at, length);
}

static void send_stream(struct outlet *o)
{
    for (unsigned i = 0; i < o->count; i++)
        send_buffer(o, o->buffer + i * o->mtu, o->lengths[i], o->lines_in[i]);
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

void outlet_end(struct outlet *o)
{
    outlet_flush(o);
    if (o->rest_length && send_rest(o) == STUCK) {
        o->rest_length = 0;
        o->lost++;
    }
    end_stuck(o, GONE);
}

void outlet_close(struct outlet *o)
{
    net_lookup_cancel(&o->lookup);
    if (o->fd >= 0)
        close(o->fd);
    complaint_summary(&o->failures);
    shortage_summary(&o->shortages);
    free(o->buffer);
    free(o->rest);
}
