/* udp: the program's sockets, each with its name and what the kernel dropped at it. */
#ifndef UDP_H
#define UDP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"
#include "net/place.h"

struct udp_socket {
    int fd;
    bool ready;                  /* something may be queued */
    bool counts_drops;           /* the kernel says what it drops */
    uint32_t drops;              /* seen last, modulo 2^32 */
    char name[4 + NET_TEXT_MAX]; /* `udp 127.0.0.1:8125` */
};

struct udp {
    struct udp_socket *sockets;
    size_t count;
};

/* Opens every socket of the places, with a receive buffer of receive_buffer bytes each (0: the
 * system's), or dies. A place of all interfaces is two sockets, IPv4 and IPv6, with one port. */
void udp_open(struct udp *u, const struct net_place *places, size_t count, int64_t receive_buffer);
void udp_close(struct udp *u);

/* A line per socket, each ended by LF; *length is set. The caller frees it. */
char *udp_ready_text(const struct udp *u, size_t *length);

/* The shortest of the sockets' receive buffers, in bytes. */
int64_t udp_shortest_queue(const struct udp *u);

/* Datagrams dropped by the kernel since the last call. */
uint64_t udp_new_drops(struct udp *u);

/* Lets no more datagrams in. False when a socket would not. */
bool udp_stop_arrivals(struct udp *u);

#endif
