/* transport: the seam between a sink and the protocol that its batches go by. sink/tcp.h and
 * sink/http.h implement it.
 *
 * A transport takes batches from the queue when it can send them (queue_take), as many as it likes
 * at a time, and reports the result of each to the queue (queue.h): delivered, unconfirmed,
 * refused, or to be sent again. A batch that it keeps for a while, because it waits for Retry-After
 * or to be halved (queue_split), stays under way: such a batch is never dropped. It reports the
 * other side's failures by outage.h, and has its own pauses (pauses.h).
 *
 * It has one descriptor to poll for reading, so one with several sockets has an epoll(7)
 * descriptor. Nothing in a transport blocks. */
#ifndef SINK_TRANSPORT_H
#define SINK_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "sink/outage.h"
#include "sink/queue.h"

struct transport;

struct transport_calls {
    /* Begins. The queue, the outage and the sink are set in t. */
    void (*begin)(struct transport *t);

    /* Starts new work, such as a connection for a waiting batch (it may take batches). Returns the
     * time at which step is to be called even if the descriptor is not readable, or INT64_MAX. now
     * is monotonic ms, here and below. */
    int64_t (*prepare)(struct transport *t, int64_t now);

    /* Goes on; is_readable: poll has found something at the descriptor. */
    void (*step)(struct transport *t, bool is_readable, int64_t now);

    /* There is no more input: asks at once, and tries more often. */
    void (*hurry)(struct transport *t, int64_t now);

    /* The time is over: ends every connection (with a reset where it is in the middle of a point)
     * and gives every batch back to the queue: unconfirmed where the other side's kernel has it and
     * the protocol can't know more, else again. Nothing is sent afterwards. */
    void (*give_up)(struct transport *t, int64_t now);

    /* `connected`, `connecting`, `not connected`, or `idle`: nothing waits or has failed. */
    const char *(*state)(const struct transport *t);

    void (*free)(struct transport *t);
};

struct transport {
    const struct transport_calls *calls;
    int fd;            /* to poll for reading, or -1 */
    const char *where; /* the side that is tried now, for messages: `127.0.0.1:2003` */
    int64_t progress;  /* monotonic ms: when the other side has taken or answered something last; 0: never */

    /* Set by the sink before `begin`. */
    struct queue *queue;
    struct outage *outage;
    struct sink *sink; /* for sink_report_refused */
    int64_t timeout;   /* ms, of --timeout */
};

#endif
