#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/xalloc.h"

/* Buffers that begin 64 KiB apart would all want the same few cache lines; these begin this much further on each. */
enum { BUFFER_SKEW = 2112 };
_Static_assert((int)BUFFER_SKEW >= (int)NET_SLACK, "a datagram has no slack");

static size_t put_v4(char *text, const unsigned char *bytes)
{
    size_t length = 0;
    for (int i = 0; i < 4; i++) {
        if (i)
            text[length++] = '.';
        length += number_format_uint(bytes[i], text + length);
    }
    return length;
}

static size_t put_v6(char *text, const struct sockaddr_in6 *v6)
{
    size_t length = 0;
    text[length++] = '[';
    inet_ntop(AF_INET6, &v6->sin6_addr, text + length, INET6_ADDRSTRLEN);
    length += strlen(text + length);
    if (v6->sin6_scope_id) {
        text[length++] = '%';
        length += number_format_uint(v6->sin6_scope_id, text + length);
    }
    text[length++] = ']';
    return length;
}

size_t net_text(const struct net_address *address, char *text)
{
    size_t length;
    in_port_t port;
    if (address->any.sa_family == AF_INET) {
        length = put_v4(text, (const unsigned char *)&address->v4.sin_addr);
        port = address->v4.sin_port;
    } else {
        bool mapped = IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr);
        length = mapped ? put_v4(text, address->v6.sin6_addr.s6_addr + 12) : put_v6(text, &address->v6);
        port = address->v6.sin6_port;
    }
    text[length++] = ':';
    length += number_format_uint(ntohs(port), text + length);
    text[length] = '\0';
    return length;
}

static bool parse_port(const char *text, uint16_t *port)
{
    unsigned value = 0;
    size_t digits = strspn(text, "0123456789");
    if (!digits || digits > 5 || text[digits])
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

bool net_parse_place(const char *text, struct net_place *place)
{
    const char *colon = strrchr(text, ':');
    const char *host = colon ? text : "127.0.0.1";
    size_t length = colon ? (size_t)(colon - text) : strlen(host);
    if (length && *host == '[') {
        if (length < 3 || host[length - 1] != ']')
            return false;
        host++;
        length -= 2;
    } else if (memchr(host, ':', length)) {
        return false;
    }
    if (length >= sizeof place->host || (length && strcspn(host, "[] ") < length))
        return false;
    memcpy(place->host, host, length);
    place->host[length] = '\0';
    return parse_port(colon ? colon + 1 : text, &place->port);
}

int net_listen_udp(struct net_address *address)
{
    int on = 1;
    int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if ((address->any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0) ||
        bind(fd, &address->any, address->length) < 0 || getsockname(fd, &address->any, &address->length) < 0) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
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

void net_batch_init(struct net_batch *b, unsigned capacity, size_t size)
{
    size_t stride = size + BUFFER_SKEW;
    *b = (struct net_batch){ .capacity = capacity, .size = size };
    b->headers = xcalloc(capacity, sizeof *b->headers);
    b->parts = xcalloc(capacity, sizeof *b->parts);
    b->senders = xcalloc(capacity, sizeof *b->senders);
    b->memory = xreallocarray(NULL, capacity, stride);
    for (unsigned i = 0; i < capacity; i++) {
        b->parts[i] = (struct iovec){ b->memory + i * stride, size };
        b->headers[i].msg_hdr.msg_iov = &b->parts[i];
        b->headers[i].msg_hdr.msg_iovlen = 1;
        b->headers[i].msg_hdr.msg_name = &b->senders[i].any;
        b->headers[i].msg_hdr.msg_namelen = sizeof b->senders[i].v6;
    }
}

void net_batch_free(struct net_batch *b)
{
    free(b->headers);
    free(b->parts);
    free(b->senders);
    free(b->memory);
    *b = (struct net_batch){ 0 };
}

int net_receive(struct net_batch *b, int fd)
{
    /* The kernel has overwritten the lengths of the last batch's senders. */
    for (unsigned i = 0; i < b->count; i++)
        b->headers[i].msg_hdr.msg_namelen = sizeof b->senders[i].v6;
    b->count = 0;
    int count = recvmmsg(fd, b->headers, b->capacity, MSG_DONTWAIT, NULL);
    if (count < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    b->count = (unsigned)count;
    return count;
}

struct net_datagram net_datagram(const struct net_batch *b, unsigned i)
{
    const struct mmsghdr *header = &b->headers[i];
    b->senders[i].length = header->msg_hdr.msg_namelen;
    return (struct net_datagram){
        .text = b->parts[i].iov_base,
        .length = header->msg_len,
        .truncated = header->msg_hdr.msg_flags & MSG_TRUNC,
        .sender = &b->senders[i],
    };
}
