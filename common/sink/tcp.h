/* tcp: delivers batches over TCP to a server whose only answer is that it closes the connection
 * (Carbon).
 *
 * An acknowledgement only says that the other side's kernel has the bytes. So we ask by a FIN after
 * whole batches, and these are delivered when the other side has acknowledged our FIN and then
 * sends its own. A connection carries the waiting batches, up to a limit, then asks; the next
 * batches go over the next connection, without waiting for that answer. The name is looked up for
 * each connection. After any other end of a connection, all of its batches are sent again.
 *
 * With several places, the first one that can be reached is used. When it fails, the next one is
 * used, and the first is asked every TCP_RETURN ms, by a connection without lines, whether it
 * answers again. If it does, it is used again; a message says so when it has delivered. If it fails
 * before that, the next place is used again, without a message.
 *
 * A proxy accepts connections and bytes although its backend is down, and closes the connection
 * when it has failed to connect. So with `settle` a connection does not ask before a proxy would
 * have closed it: if the other side closes a connection that has not asked, that is a failure. */
#ifndef SINK_TCP_H
#define SINK_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/shortage.h"
#include "net/target.h"
#include "sink/pauses.h"
#include "sink/transport.h"

enum {
    TCP_PLACES_MAX = 16,
    TCP_ASKING_MAX = 8,  /* connections that wait for an answer */
    TCP_OPEN_MAX = 5000, /* ms for one address to accept; less if --timeout is */
    TCP_RETURN = 30000,  /* ms */
};

struct tcp_options {
    const struct net_target *places;
    size_t count;   /* 1 to TCP_PLACES_MAX */
    bool keep_open; /* ask only at the end, and when half of the buffer is unasked */
    int64_t settle; /* ms that a connection must have been open before it asks */
};

struct tcp_link; /* a connection (tcp_link.h) */

struct tcp {
    struct transport transport;
    struct tcp_options options;
    struct tcp_link *carrying;               /* takes batches, or NULL */
    struct tcp_link *asking[TCP_ASKING_MAX]; /* NULL where none is */
    struct tcp_link *returning;              /* asks the first place whether it answers again, or NULL */
    struct pauses pauses;
    struct shortages shortages;
    size_t failures;    /* of places, since a batch was delivered or there was a pause */
    uint64_t furthest;  /* the most bytes of a connection that were acknowledged, since a batch was delivered */
    size_t place;       /* which of them is used */
    int64_t due;        /* monotonic ms: no attempt before */
    int64_t asked;      /* when a connection was asked last */
    int64_t return_due; /* when the first place is asked again */
    bool is_hurried, is_over;
    uint64_t attempt;        /* connections that were begun before the last failure have another number */
    uint64_t trial;          /* the one in which the first place is used again and has yet to deliver, or 0 */
    bool has_failed;         /* since a connection was opened last */
    bool has_ended_interval; /* the batch taken last was the end of an interval */
    bool has_said_unconfirmed;
};

/* The places must live on. tcp->transport is for sink_run, which frees it. */
void tcp_init(struct tcp *tcp, const struct tcp_options *options);

#endif
