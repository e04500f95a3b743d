#include "net/datagrams.h"

#include <errno.h>
#include <stdlib.h>

#include "base/shortage.h"
#include "base/xalloc.h"

/* Buffers that begin 64 KiB apart would all want the same few cache lines; these begin this much
 * further on each. */
enum { BUFFER_SKEW = 2112 };
_Static_assert((int)BUFFER_SKEW >= (int)NET_SLACK, "a datagram has no slack");

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

bool net_error_passes(int error)
{
    switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETRESET:
    case ENETUNREACH:
    case EPROTO: return true;
    default: return shortage_is(error);
    }
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
