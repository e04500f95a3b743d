#include "net/datagrams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* Room for the credentials, and for nothing else that a sender may attach: descriptors would be
 * opened in this process. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
};

static void offer_controls(struct net_batch *b, unsigned count)
{
    union control *controls = b->controls;
    for (unsigned i = 0; i < count; i++) {
        b->headers[i].msg_hdr.msg_control = &controls[i];
        b->headers[i].msg_hdr.msg_controllen = sizeof controls[i];
        b->headers[i].msg_hdr.msg_namelen = 0;
    }
}

void net_batch_init_unix(struct net_batch *b, unsigned capacity, size_t size)
{
    net_batch_init(b, capacity, size);
    b->controls = xcalloc(capacity, sizeof(union control));
    for (unsigned i = 0; i < capacity; i++)
        b->headers[i].msg_hdr.msg_name = NULL;
    offer_controls(b, capacity);
}

bool net_ask_for_senders(int fd)
{
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0;
}

void net_batch_free(struct net_batch *b)
{
    free(b->headers);
    free(b->parts);
    free(b->senders);
    free(b->memory);
    free(b->controls);
    *b = (struct net_batch){ 0 };
}

int net_receive(struct net_batch *b, int fd)
{
    /* The kernel has overwritten the lengths of the last batch's senders. */
    if (b->controls)
        offer_controls(b, b->count);
    else
        for (unsigned i = 0; i < b->count; i++)
            b->headers[i].msg_hdr.msg_namelen = sizeof b->senders[i].v6;
    b->count = 0;
    int count = recvmmsg(fd, b->headers, b->capacity, MSG_DONTWAIT, NULL);
    if (count < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    b->count = (unsigned)count;
    return count;
}

unsigned net_discard(int fd, unsigned most)
{
    char byte;
    unsigned count = 0;
    while (count < most && recv(fd, &byte, sizeof byte, MSG_DONTWAIT | MSG_TRUNC) >= 0)
        count++;
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

static struct net_process sender_of(struct msghdr *message)
{
    struct net_process process = { .family = AF_UNIX };
    const struct cmsghdr *control = CMSG_FIRSTHDR(message);
    struct ucred credentials;
    if (control && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_CREDENTIALS &&
        control->cmsg_len >= CMSG_LEN(sizeof credentials)) {
        memcpy(&credentials, CMSG_DATA(control), sizeof credentials);
        process.id = credentials.pid;
    }
    return process;
}

struct net_datagram net_datagram(const struct net_batch *b, unsigned i)
{
    struct mmsghdr *header = &b->headers[i];
    b->senders[i].length = header->msg_hdr.msg_namelen;
    if (b->controls)
        b->senders[i].process = sender_of(&header->msg_hdr);
    return (struct net_datagram){
        .text = b->parts[i].iov_base,
        .length = header->msg_len,
        .truncated = header->msg_hdr.msg_flags & MSG_TRUNC,
        .sender = &b->senders[i],
    };
}
