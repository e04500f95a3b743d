/* tcp_lines: what the kernel gets of lines that it has no room for. The peer is a socket of this
 * process. */
#include "sink/tcp_lines.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "sink/tcp_socket.h"
#include "tap.h"

enum { PATIENCE = 20000, QUIET = 50 }; /* ms */

struct pair {
    struct tcp_link link; /* only what tcp_lines.h uses of it */
    struct batch batch;
    int peer;
    char *received;
    size_t length; /* of that */
    int end;       /* the peer's last errno, 0 for an orderly end, or -1 */
};

/* Connects two sockets. segment is the most bytes of a segment; send_buffer and receive_buffer are
 * in bytes; 0 leaves each as it is. */
static bool open_pair(struct pair *p, int segment, int send_buffer, int receive_buffer)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer)
        setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (send_buffer)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    if (segment)
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    bool is_open = bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0 &&
                   getsockname(listener, (struct sockaddr *)&address, &length) == 0 &&
                   connect(fd, (struct sockaddr *)&address, length) == 0;
    *p = (struct pair){ .link = { .state = TCP_LINK_UP, .fd = fd }, .end = -1 };
    fcntl(fd, F_SETFL, O_NONBLOCK);
    p->peer = is_open ? accept(listener, NULL, NULL) : -1;
    close(listener);
    return p->peer >= 0;
}

/* The link's batch: `bytes` of lines, none longer than `longest`. */
static void fill(struct pair *p, size_t bytes, size_t longest)
{
    p->batch = (struct batch){ .bytes = xmalloc(bytes), .length = bytes };
    p->link.writing = &p->batch;
    for (size_t at = 0, next = 0; at < bytes; at++) {
        bool ends = at == next || at + 1 == bytes;
        p->batch.bytes[at] = ends ? '\n' : (char)('a' + at % 26);
        next += ends ? 1 + (size_t)random() % longest : 0;
    }
}

/* Reads what is there, after it has waited for it. */
static void read_some(struct pair *p)
{
    struct pollfd poll_in = { .fd = p->peer, .events = POLLIN };
    p->received = p->received ? p->received : xmalloc(p->batch.length + 1);
    ssize_t n = poll(&poll_in, 1, PATIENCE) > 0
                    ? recv(p->peer, p->received + p->length, p->batch.length + 1 - p->length, 0)
                    : -1;
    if (n > 0)
        p->length += (size_t)n;
    else
        p->end = n < 0 ? errno : 0;
}

static void read_all(struct pair *p)
{
    while (p->end < 0)
        read_some(p);
}

/* The peer has read these bytes of the batch and no others. */
static bool has_received(const struct pair *p, size_t bytes)
{
    return p->length == bytes && memcmp(p->received, p->batch.bytes, bytes) == 0;
}

static bool is_between_lines(const struct pair *p)
{
    return p->link.offset > 0 && p->batch.bytes[p->link.offset - 1] == '\n';
}

static void close_pair(struct pair *p)
{
    if (p->link.fd >= 0)
        close(p->link.fd);
    close(p->peer);
    free(p->batch.bytes);
    free(p->received);
}

static void close_link(struct pair *p)
{
    close(p->link.fd);
    p->link.fd = -1;
}

/* Writes while the socket is writable, although nobody reads. False if it is writable and nothing
 * is written. */
static bool write_until_full(struct pair *p)
{
    struct pollfd poll_out = { .fd = p->link.fd, .events = POLLOUT };
    while (p->link.writing && poll(&poll_out, 1, QUIET) > 0)
        if (tcp_lines_write(&p->link) == 0)
            return false;
    return p->link.writing;
}

static bool is_to_be_reset(const struct pair *p)
{
    struct linger linger = { 0, 0 };
    socklen_t length = sizeof linger;
    return getsockopt(p->link.fd, SOL_SOCKET, SO_LINGER, &linger, &length) == 0 && linger.l_onoff;
}

static void test_whole_lines(int segment, int send_buffer, size_t longest)
{
    struct pair p;
    bool is_well = open_pair(&p, segment, send_buffer, 1 << 16);
    fill(&p, send_buffer ? 1 << 20 : 8 << 20, longest);
    is_well = is_well && write_until_full(&p);
    tap_ok(is_well && is_between_lines(&p) && !p.link.is_in_line && !is_to_be_reset(&p),
           "segments of %d bytes, a buffer of %d, lines of %zu: the kernel has whole lines, %zu bytes", segment,
           send_buffer, longest, p.link.offset);
    close_link(&p);
    read_all(&p);
    tap_ok(p.end == 0 && has_received(&p, p.link.offset), "the peer gets them all, and an orderly end");
    close_pair(&p);
}

/* A pair whose kernel has a part of the first of two lines, with no room for more. */
static bool cut_line(struct pair *p, size_t length)
{
    bool is_open = open_pair(p, 0, 1, 1);
    fill(p, length + 10, SIZE_MAX / 2);
    memset(p->batch.bytes, 'x', length);
    p->batch.bytes[length - 1] = '\n';
    return is_open && write_until_full(p) && p->link.offset > 0 && p->link.offset < length;
}

static void test_long_line(void)
{
    struct pair p;
    const size_t length = 1 << 20;
    bool is_well = cut_line(&p, length);
    tap_ok(is_well && p.link.is_in_line && is_to_be_reset(&p), "a line that the kernel has no room for is cut");
    while (is_well && p.link.offset < length) {
        read_some(&p);
        is_well = p.end < 0;
        tcp_lines_write(&p.link);
    }
    tap_ok(is_well && p.link.offset == length && !p.link.is_in_line && !is_to_be_reset(&p),
           "its rest is written, up to its end, as the peer reads");
    close_pair(&p);
}

static void test_finish(void)
{
    struct pair p;
    const size_t length = 1 << 17;
    const int roomy = 1 << 18;
    bool is_well = cut_line(&p, length);
    setsockopt(p.link.fd, SOL_SOCKET, SO_SNDBUF, &roomy, sizeof roomy);
    tcp_lines_finish(&p.link);
    tap_ok(is_well && p.link.offset == length && !is_to_be_reset(&p),
           "at the end a cut line gets its rest, and no more");
    tcp_lines_finish(&p.link);
    tap_ok(p.link.offset == length, "where none is cut, nothing is written");
    close_link(&p);
    read_all(&p);
    tap_ok(p.end == 0 && has_received(&p, length), "the peer gets it, and an orderly end");
    close_pair(&p);
}

static void test_reset(void)
{
    struct pair p;
    bool is_well = cut_line(&p, 1 << 20);
    tcp_lines_finish(&p.link);
    close_link(&p);
    read_all(&p);
    tap_ok(is_well && p.end == ECONNRESET, "a line that stays cut ends in a reset");
    close_pair(&p);
}

/* False in an emulator, where lines may be cut. */
static bool kernel_tells_room(void)
{
    bool is_writable;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t room = tcp_socket_room(fd, &is_writable);
    close(fd);
    return room != SIZE_MAX;
}

static void test_all_sizes(void)
{
    static const int segments[] = { 0, 1448, 536, 88 }, send_buffers[] = { 0, 1 << 16, 1 << 18 };
    for (size_t i = 0; i < sizeof segments / sizeof *segments; i++)
        for (size_t j = 0; j < sizeof send_buffers / sizeof *send_buffers; j++)
            test_whole_lines(segments[i], send_buffers[j], i % 2 ? 4096 : 100);
}

int main(void)
{
    if (kernel_tells_room())
        test_all_sizes();
    else
        tap_ok(true, "the kernel has whole lines # skip it does not tell its room");
    test_long_line();
    test_finish();
    test_reset();
    return tap_done();
}
