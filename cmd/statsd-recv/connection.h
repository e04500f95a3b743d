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
    size_t left;   /* bytes that must still be read after connections_shut */
    size_t more;   /* further bytes that are read if they come without a pause */
    struct connection *older, *newer;
};

/* In the order in which bytes last came from them. */
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
