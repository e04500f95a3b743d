/* tcp_link: one connection of tcp.h, from the lookup of its name to the answer to its question. It
 * never blocks. */
#ifndef SINK_TCP_LINK_H
#define SINK_TCP_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/lookup.h"
#include "net/target.h"
#include "sink/batch.h"

enum tcp_link_state {
    TCP_LINK_LOOKUP,
    TCP_LINK_OPENING,
    TCP_LINK_UP,     /* takes batches */
    TCP_LINK_ASKING, /* has sent its FIN */
};

enum tcp_link_result {
    TCP_LINK_GOES_ON,
    TCP_LINK_OPENED,   /* it is up now */
    TCP_LINK_ANSWERED, /* everything it has carried is delivered */
    TCP_LINK_FAILED,   /* what and why have the reason */
};

struct tcp_link {
    enum tcp_link_state state;
    const struct net_target *target;
    uint64_t attempt; /* the owner's */
    size_t place;     /* the target's number, the owner's */
    int epoll, fd;
    uint32_t watched; /* the events of fd that epoll waits for */
    bool is_ready;    /* epoll has found something; the owner's */
    struct net_lookup lookup;
    struct net_addresses addresses;
    size_t address;       /* the one to try next */
    int64_t timeout, due; /* ms; monotonic ms: when a lookup or an address is given up */
    int64_t check;        /* monotonic ms: when to look at the socket, whatever epoll says */
    int64_t opened;       /* monotonic ms: when it came up */

    struct batch *first, **last; /* the batches that it has carried, in order */
    struct batch *writing;       /* the last one, while a part of it is to be written */
    size_t offset;               /* in that */
    bool is_in_line;             /* the line before the offset has no end yet */
    size_t bytes;                /* of all its batches */
    uint64_t written, acknowledged;
    int64_t moved;         /* monotonic ms: when something was written or acknowledged last */
    bool has_said_stalled; /* the owner's */
    bool is_stalled;       /* nothing has moved for the timeout although something is to be acknowledged */

    int shortage;           /* the errno of a write that the kernel lacked memory for, or 0; the owner reports it */
    const char *what, *why; /* of a failure */
};

/* Begins a connection, whose descriptors epoll then watches with the link as their data. timeout is
 * --timeout in ms, now monotonic ms, here and below. place is the target's number, for the owner.
 * The target must live on. */
struct tcp_link *tcp_link_begin(const struct net_target *target, size_t place, int epoll, int64_t timeout, int64_t now);

/* Ends the connection, with a reset if it is in the middle of a line, and frees the link. Its
 * batches must have been taken from it (tcp_link_next). */
void tcp_link_end(struct tcp_link *l);

/* Goes on. */
enum tcp_link_result tcp_link_step(struct tcp_link *l, int64_t now);

/* When tcp_link_step is to be called at the latest. */
int64_t tcp_link_due(const struct tcp_link *l);

/* Carries one more batch. The link must be up, and writing nothing. */
void tcp_link_add(struct tcp_link *l, struct batch *b);

/* Writes as many whole lines as the socket takes (tcp_lines.h), until that is `most` bytes or
 * more. */
enum tcp_link_result tcp_link_write(struct tcp_link *l, size_t most, int64_t now);

/* Asks: sends our FIN. The link must be up and have nothing to write. */
enum tcp_link_result tcp_link_ask(struct tcp_link *l, int64_t now);

/* True if the other side's kernel has everything that was sent, our FIN included, as of the last
 * step. */
bool tcp_link_is_acknowledged(const struct tcp_link *l);

/* Takes the first of its batches from the link, or NULL. *is_acknowledged: the other side's kernel
 * has all of it. */
struct batch *tcp_link_next(struct tcp_link *l, bool *is_acknowledged);

#endif
