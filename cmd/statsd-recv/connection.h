/* connection: one client of a stream, and the order of all. A part of connections.h. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/sockets.h"
#include "stream.h"

/* What an event is about. */
struct watched {
    bool is_listener;
    int fd;
};

struct listener {
    struct watched watched;
    const struct net_socket *socket;
};

struct connection {
    struct watched watched;
    struct stream stream;
    struct net_address peer;
    int64_t heard; /* monotonic ms: when bytes came last; only with an idle timeout */
    size_t left;   /* after connections_shut, bytes: what is to be read whatever happens */
    size_t more;   /* and what is read beyond that if it comes at once */
    struct connection *older, *newer;
};

/* In the order in which they were heard of last. */
struct connection_list {
    struct connection *oldest, *newest;
};

static inline void connection_append(struct connection_list *l, struct connection *of)
{
    of->older = l->newest;
    of->newer = NULL;
    *(l->newest ? &l->newest->newer : &l->oldest) = of;
    l->newest = of;
}

static inline void connection_take_out(struct connection_list *l, struct connection *of)
{
    *(of->older ? &of->older->newer : &l->oldest) = of->newer;
    *(of->newer ? &of->newer->older : &l->newest) = of->older;
}

#endif
