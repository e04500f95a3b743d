/* place: where a program listens, as a user writes it. (Where it sends to: net/target.h.) */
#ifndef NET_PLACE_H
#define NET_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/* The kinds of sockets, in the order of their names. */
enum net_kind {
    NET_UDP,
    NET_TCP,
    NET_UNIXGRAM, /* Unix datagrams */
    NET_UNIX,     /* Unix streams */
};

/* The option and the word of --ready-fd: `udp`, `tcp`, `unixgram`, `unix`. */
const char *net_kind_name(enum net_kind kind);

static inline bool net_is_stream(enum net_kind kind)
{
    return kind == NET_TCP || kind == NET_UNIX;
}

enum {
    NET_HOST_MAX = 256,
    NET_PATH_MAX = 108, /* bytes of a Unix socket's path with its NUL (unix(7)) */
    NET_MODE_DEFAULT = 0666,
};

struct net_place {
    enum net_kind kind;      /* if fd is not -1, what the user expects: the socket decides */
    int fd;                  /* -1, or an open socket; everything but drops is then ignored */
    uint32_t drops;          /* with fd: how many drops of that socket have been counted already */
    char host[NET_HOST_MAX]; /* UDP, TCP: a name or an address without brackets; empty: all interfaces */
    uint16_t port;           /* UDP, TCP: 0 is any that is free */
    char path[NET_PATH_MAX]; /* the others */
    unsigned mode;           /* of the file at path; NET_MODE_DEFAULT after net_parse_place */
};

/* Reads `fd:N`, or `fd:N:DROPS`; for UDP and TCP also `PORT` (on 127.0.0.1), `:PORT` (on all
 * interfaces), `HOST:PORT` or `[IPV6]:PORT`, and for Unix sockets a path. Returns false for
 * anything else. */
bool net_parse_place(enum net_kind kind, const char *text, struct net_place *place);

/* What net_parse_place expects, for a message. */
const char *net_place_expected(enum net_kind kind);

#endif
