/* listen: a socket that clients send to, its receive buffer, and the datagrams that the kernel
 * dropped there.
 *
 * Nothing here prints or ends the program. A function that fails leaves the reason in errno.
 * Descriptors belong to the caller, and are closed on exec. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "net/address.h"
#include "net/place.h"

/* Opens a UDP socket, or a TCP socket that listens, bound to the address, and sets the address's
 * port to the one that was given. A TCP socket doesn't block in accept(2). -1: errno has the
 * reason. */
int net_listen_udp(struct net_address *address);
int net_listen_tcp(struct net_address *address);

/* True if the errno of accept(2) concerns a client that has gone or the network, not the listener:
 * the next call may succeed. */
bool net_accept_passes(int error);

/* How many datagrams the queue of a new Unix socket holds (net.unix.max_dgram_qlen); 0: unknown. */
unsigned net_unix_queue(void);

/* Asks for a receive buffer of size bytes, above the system's limit if the process is privileged.
 * Returns the granted size, in the same unit, or -1. */
int64_t net_set_receive_buffer(int fd, int64_t size);

/* The socket's receive buffer, in the same bytes, or -1. */
int64_t net_receive_buffer(int fd);

/* Sets *drops to the number of datagrams that the kernel has dropped at this socket since it was
 * opened, modulo 2^32. Returns false if the kernel doesn't report it. */
bool net_drops(int fd, uint32_t *drops);

/* Makes the socket take no more datagrams. What is queued can still be read, and what arrives
 * counts as dropped. */
bool net_stop_arrivals(int fd);

#endif
