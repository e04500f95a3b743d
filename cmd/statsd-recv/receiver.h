/* receiver: from the sockets through the buffer to stdout, one round of reading at a time.
 *
 * A socket is read only while the buffer has room. A batch that does not fit waits where it stands
 * until half of the buffer is free again: moving a full buffer's bytes for every few that have left
 * would cost more than parsing them. */
#ifndef RECEIVER_H
#define RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/shortage.h"
#include "filter/out.h"
#include "net/datagrams.h"
#include "pace.h"
#include "report.h"
#include "udp.h"
#include "wire/reader.h"

struct receiver {
    struct udp udp;
    struct net_batch batch;
    unsigned next; /* datagram of the batch to take up */
    int64_t arrival;
    struct reader reader;
    struct refusals *refusals;
    bool in_datagram; /* the reader is not done with its own */
    struct out *records;
    size_t room; /* --buffer */
    bool full;   /* waits for room */
    struct pace pace;
    uint64_t paced;  /* datagrams that pace knows of */
    bool has_failed; /* reading a socket, in a way that passes: a pause is due */
    struct shortages failures;
    bool ended; /* by --count or --strict: reader.stopped tells which */
    struct counters counters;
};

/* What is open already stays the caller's, as do the refusals; udp is taken over. */
void receiver_init(struct receiver *r, const struct udp *udp, const struct reader_options *options, size_t room,
                   struct out *records, struct refusals *refusals);
void receiver_free(struct receiver *r);

/* Reads a batch from every socket that is ready, as long as there is room. True while more may be
 * queued and fit. */
bool receiver_round(struct receiver *r);

/* For how many µs the sockets need not be looked at, after a round that has emptied them: see
 * pace.h. 0: wait for them. */
int64_t receiver_rest(struct receiver *r);

/* Takes note that some of the buffer has been written; true when that lets a batch that waited go
 * on. */
bool receiver_drained(struct receiver *r);

/* Reads and writes everything that is queued, blocking in writes, and lets nothing more in. */
void receiver_finish(struct receiver *r);

/* Counts what the kernel has dropped since the last call, and returns it. */
uint64_t receiver_count_drops(struct receiver *r);

#endif
