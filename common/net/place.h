/* place: where a program listens, as a user writes it. (Where it sends to: net/target.h.) */
#ifndef NET_PLACE_H
#define NET_PLACE_H

#include <stdbool.h>
#include <stdint.h>

enum { NET_HOST_MAX = 256 };
struct net_place {
    char host[NET_HOST_MAX]; /* a name or an address without brackets; empty: all interfaces */
    uint16_t port;           /* 0: any that is free */
};

/* Reads `PORT` (on 127.0.0.1), `:PORT` (on all interfaces), `HOST:PORT` or `[IPV6]:PORT`. Returns
 * false for anything else. */
bool net_parse_place(const char *text, struct net_place *place);

#endif
