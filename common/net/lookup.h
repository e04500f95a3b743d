/* lookup: a host's addresses for a TCP connection, found by a child process, so that a slow
 * getaddrinfo(3) does not stop the program. */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "net/address.h"

enum { NET_LOOKUP_MAX = 16 };

struct net_addresses {
    size_t count; /* of list, in the order to try them */
    int error;    /* getaddrinfo's, where count is 0 */
    struct net_address list[NET_LOOKUP_MAX];
};

/* Reads host and port as numbers, without a query. Returns false if the host is a name. */
bool net_lookup_numeric(const char *host, const char *port, struct net_addresses *found);

struct net_lookup {
    pid_t child;
    int fd; /* readable once the answer is there; -1: no lookup is under way */
};

/* Begins a lookup. False: errno has the reason. */
bool net_lookup_begin(struct net_lookup *l, const char *host, const char *port);

/* Takes the answer (and waits for it, if fd is not readable yet) and ends the lookup. */
void net_lookup_end(struct net_lookup *l, struct net_addresses *found);

/* Ends the lookup without an answer. Does nothing where none is under way. */
void net_lookup_cancel(struct net_lookup *l);

#endif
