/* target: where Carbon listens, as a user writes it. */
#ifndef NET_TARGET_H
#define NET_TARGET_H

#include <stdbool.h>

struct target {
    char host[256]; /* a name or an address without brackets */
    char port[8];
    char text[280]; /* `host:port` or `[address]:port`, for messages */
};

/* Reads HOST, HOST:PORT, ADDRESS, [ADDRESS] or [ADDRESS]:PORT; the port is 2003 where none is given. False for anything
 * else. */
bool target_parse(const char *text, struct target *t);

#endif
