/* handed_down: sockets that the parent has opened. A part of net/sockets.h. */
#ifndef NET_HANDED_DOWN_H
#define NET_HANDED_DOWN_H

#include "net/sockets.h"

/* Finds out what kind of socket s->fd is and names it; one that doesn't listen yet begins to.
 * Returns NULL, or what is wrong with it. */
const char *net_examine(struct net_socket *s);

#endif
