/* net: addresses, datagram sockets, datagrams in batches, and what the kernel dropped.
 *
 * Nothing here prints or dies but for want of memory; a function that fails says so and leaves the reason in errno.
 * Descriptors belong to the caller. */
#ifndef NET_NET_H
#define NET_NET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 or IPv6 address with its port, no larger than it must be: one stands beside every datagram. */
struct net_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t length;
};

/* Writes `127.0.0.1:8125` or `[::1]:8125` and a NUL to text, which has room for NET_TEXT_MAX bytes, and returns the length
 * without the NUL. An IPv4 address that an IPv6 socket has mapped is written as IPv4. */
enum { NET_TEXT_MAX = 80 };
size_t net_text(const struct net_address *address, char *text);

/* Where to listen, as a user writes it. */
enum { NET_HOST_MAX = 256 };
struct net_place {
    char host[NET_HOST_MAX]; /* a name or an address without brackets; empty: all interfaces */
    uint16_t port;           /* 0: any that is free */
};

/* Reads `PORT` (on 127.0.0.1), `:PORT` (on all interfaces), `HOST:PORT` or `[IPV6]:PORT`. False when it is none of them. */
bool net_parse_place(const char *text, struct net_place *place);

/* Opens a UDP socket bound to the address, which then holds the port that was given. -1: errno says why. */
int net_listen_udp(struct net_address *address);

/* Asks for a receive buffer of size bytes, past the system's limit where we may. Returns what was granted, in the same
 * bytes, or -1. */
int64_t net_set_receive_buffer(int fd, int64_t size);

/* The receive buffer that the socket has, in the same bytes; -1: errno says why. */
int64_t net_receive_buffer(int fd);

/* How many datagrams the kernel has dropped at this socket since it was opened, modulo 2^32. False where it does not say. */
bool net_drops(int fd, uint32_t *drops);

/* Lets the socket take no more datagrams; what is queued can still be read, and what comes counts as dropped. */
bool net_stop_arrivals(int fd);

/* Room for a batch of datagrams. */
struct net_batch {
    unsigned capacity, count; /* datagrams there is room for; there are since the last net_receive */
    size_t size;              /* the longest datagram there is room for */
    struct mmsghdr *headers;
    struct iovec *parts;
    struct net_address *senders;
    char *memory;
};

void net_batch_init(struct net_batch *b, unsigned capacity, size_t size);
void net_batch_free(struct net_batch *b);

/* Reads what is queued, at most a batch, without waiting. Returns how many came, 0 for none, -1 for an error. Fewer than
 * b->capacity: the queue is empty. */
int net_receive(struct net_batch *b, int fd);

/* Bytes behind a datagram that can be read, whatever they are. */
enum { NET_SLACK = 64 };

struct net_datagram {
    const char *text; /* valid until the next net_receive; NET_SLACK bytes follow it */
    size_t length;
    bool truncated; /* it was longer than b->size; the rest is lost */
    const struct net_address *sender;
};

/* The i-th of the last net_receive, 0 ≤ i < b->count. */
struct net_datagram net_datagram(const struct net_batch *b, unsigned i);

#endif
