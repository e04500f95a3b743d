/* sockets: everything that a program listens on, with names for messages.
 *
 * A socket that can't be used ends the program with a message such as `bind udp 0.0.0.0:8125:
 * Address already in use`. */
#ifndef NET_SOCKETS_H
#define NET_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/unix_socket.h"
#include "net/listen.h"
#include "net/place.h"

enum { NET_NAME_MAX = sizeof "unixgram " + NET_PATH_MAX };

struct net_socket {
    int fd;
    enum net_kind kind;
    bool is_handed_down; /* the parent has opened it and may pass it on: its state stays unchanged */
    bool is_connected;   /* a stream that is a connection already: there is nothing to accept */
    bool counts_drops;   /* the kernel reports its drops */
    uint32_t drops;      /* seen last, modulo 2^32 */
    struct unix_socket_file file;
    char name[NET_NAME_MAX]; /* `udp 127.0.0.1:8125`, `unix /run/x` */
};

struct net_sockets {
    struct net_socket *list;
    size_t count;
};

/* Opens every socket of the places, which must outlive them. UDP sockets get a receive buffer of
 * receive_buffer bytes (0: the system's). A place of all interfaces becomes two sockets, IPv4 and
 * IPv6, with one port; the same descriptor twice becomes one. */
void net_sockets_open(struct net_sockets *s, const struct net_place *places, size_t count, int64_t receive_buffer);

/* Gives the UDP sockets a receive buffer of size bytes. */
void net_sockets_set_buffer(const struct net_sockets *s, int64_t size);

/* Closes them and removes the files of Unix sockets. */
void net_sockets_close(struct net_sockets *s);

/* Returns a line per socket, its name and LF, and sets *length. The caller frees it. */
char *net_sockets_text(const struct net_sockets *s, size_t *length);

/* The datagrams that the kernel has dropped at a socket since the last call. The first call at a
 * socket that was handed down counts from place.drops, so drops while no process read the queue
 * count too. */
uint32_t net_new_drops(struct net_socket *s);

/* Makes the socket accept no more datagrams, except a socket that was handed down or is a stream.
 * Returns false if more can come. */
bool net_socket_shut(struct net_socket *s);

/* The sockets that systemd hands over (sd_listen_fds(3)): descriptors NET_HANDED_DOWN to
 * NET_HANDED_DOWN + count - 1, or none. */
enum { NET_HANDED_DOWN = 3 };
enum net_handover {
    NET_NOTHING,   /* nothing, or nothing for this process */
    NET_FOR_US,    /* *count sockets */
    NET_FOR_PARENT /* they are for the process that has started this one, such as a shell */
};
enum net_handover net_handed_over(int *count);

#endif
