/* receiver: from the sockets through the buffer to stdout, one round of reading at a time.
 *
 * A socket is read only while the buffer has room. What was read and doesn't fit waits where it
 * stands until half of the buffer is free again: moving a full buffer's bytes for every few that
 * have left would cost more than parsing them. Datagrams of Unix sockets are read all the same, and
 * dropped: the kernel would let their senders hang, and count nothing. */
#ifndef RECEIVER_H
#define RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/shortage.h"
#include "connections.h"
#include "filter/out.h"
#include "net/datagrams.h"
#include "net/sockets.h"
#include "pace.h"
#include "report.h"
#include "wire/reader.h"

/* A socket of datagrams. */
struct inlet {
    struct net_socket *socket;
    struct net_batch *batch;
    bool ready; /* something may be queued */
};

struct receiver {
    struct inlet *inlets;
    size_t inlet_count;
    struct net_batch udp, unixgram;
    struct net_batch *batch; /* the one that was read last */
    unsigned next;           /* datagram of the batch to take up */
    struct connections connections;
    bool connections_ready; /* something may be there to accept or to read */
    int64_t arrival;
    struct reader reader;
    struct refusals *refusals;
    bool in_datagram; /* the reader is not done with its own */
    struct out *records;
    size_t room; /* --buffer */
    bool full;   /* waits for room */
    struct pace pace;
    uint64_t paced;     /* datagrams that pace knows of */
    uint64_t discarded; /* datagrams of Unix sockets that came while the buffer was full */
    bool has_failed;    /* reading a socket, in a way that passes: a pause is due */
    struct shortages failures;
    bool ended; /* by --count or --strict: reader.stopped tells which */
    struct counters counters;
};

/* What is open already stays the caller's, as do the refusals. */
void receiver_init(struct receiver *r, struct net_sockets *sockets, const struct reader_options *options,
                   const struct connection_limits *limits, size_t room, struct out *records, struct refusals *refusals);
void receiver_free(struct receiver *r);

/* Nothing is known of the sockets: each may have something. */
void receiver_make_ready(struct receiver *r);

/* Reads a batch from every socket that is ready, and a piece of some connections, as long as there
 * is room. True while more may be queued and fit. */
bool receiver_round(struct receiver *r);

/* While the buffer is full: reads datagrams of a Unix socket, and drops and counts them. */
void receiver_discard(struct receiver *r, struct inlet *inlet);

/* True when every socket was a connection, and each is closed. */
bool receiver_is_over(const struct receiver *r);

/* For how many µs the sockets need not be looked at, after a round that has emptied them: see
 * pace.h. 0: wait for them. */
int64_t receiver_rest(struct receiver *r);

/* Takes note that some of the buffer has been written; true when that lets a batch that waited go
 * on. */
bool receiver_drained(struct receiver *r);

/* Reads and writes everything that is queued, blocking in writes, and lets nothing more in. */
void receiver_finish(struct receiver *r);

/* Closes silent connections. Returns the monotonic time (ms) at which to call it again. */
int64_t receiver_keep(struct receiver *r);

/* Counts the datagrams that the kernel has dropped since the last call, and returns their
 * number. */
uint64_t receiver_count_drops(struct receiver *r);

#endif
