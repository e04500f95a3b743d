/* datagrams: reading a socket's queue in batches, with the sender of each datagram.
 *
 * Nothing here prints; a lack of memory ends the program. */
#ifndef NET_DATAGRAMS_H
#define NET_DATAGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "net/address.h"

/* Room for a batch of datagrams. */
struct net_batch {
    unsigned capacity, count; /* datagrams there is room for; there are since the last net_receive */
    size_t size;              /* the longest datagram there is room for */
    struct mmsghdr *headers;
    struct iovec *parts;
    struct net_address *senders;
    char *memory;
    void *controls; /* what the kernel reports about the senders; NULL: they have addresses */
};

void net_batch_init(struct net_batch *b, unsigned capacity, size_t size);

/* The same for the datagrams of Unix sockets, whose senders are processes: see
 * net_ask_for_senders. */
void net_batch_init_unix(struct net_batch *b, unsigned capacity, size_t size);

/* Makes the kernel report the sender of each datagram at a Unix socket. */
bool net_ask_for_senders(int fd);

/* Reads and discards at most `most` queued datagrams. Returns how many. */
unsigned net_discard(int fd, unsigned most);

void net_batch_free(struct net_batch *b);

/* Reads what is queued, at most a batch, without waiting. Returns how many came, 0 for none, -1 for
 * an error. Fewer than b->capacity: the queue is empty. */
int net_receive(struct net_batch *b, int fd);

/* True if the errno of net_receive concerns the network or the kernel's memory, not the socket,
 * which can be read again later. */
bool net_error_passes(int error);

/* Bytes after a datagram that can be read, whatever they are. */
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
