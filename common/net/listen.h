/* listen: a socket that datagrams arrive at, its receive buffer, and what the kernel dropped there.
 *
 * Nothing here prints or ends the program. A function that fails leaves the reason in errno.
 * Descriptors belong to the caller. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"

/* Opens a UDP socket bound to the address, and sets the address's port to the one that was given.
 * -1: errno has the reason. */
int net_listen_udp(struct net_address *address);

/* Asks for a receive buffer of size bytes, past the system's limit where the process may. Returns
 * what was granted, in the same bytes, or -1. */
int64_t net_set_receive_buffer(int fd, int64_t size);

/* The socket's receive buffer, in the same bytes, or -1. */
int64_t net_receive_buffer(int fd);

/* Sets *drops to the number of datagrams that the kernel has dropped at this socket since it was
 * opened, modulo 2^32. False where the kernel doesn't tell. */
bool net_drops(int fd, uint32_t *drops);

/* Makes the socket take no more datagrams. What is queued can still be read, and what arrives
 * counts as dropped. */
bool net_stop_arrivals(int fd);

#endif
