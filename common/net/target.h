/* target: where a program sends to, as a user writes it. (Where it listens: net/place.h.) */
#ifndef NET_TARGET_H
#define NET_TARGET_H

#include <stdbool.h>
#include <stdint.h>

struct net_target {
    char host[256]; /* a name or an address without brackets */
    char port[8];   /* a number */
    char text[280]; /* `host:port` or `[address]:port`, for messages */
};

/* Reads HOST, HOST:PORT, ADDRESS, [ADDRESS] or [ADDRESS]:PORT; where there is no port, it is
 * default_port. Returns false for anything else; *target is then undefined. */
bool net_parse_target(const char *text, uint16_t default_port, struct net_target *target);

#endif
