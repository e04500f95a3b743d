/* outlet: one place that lines are sent to: a UDP or Unix datagram socket, which gets as many lines
 * in a datagram as fit, or a TCP or Unix stream. No line is ever cut.
 *
 * Sending waits for the kernel's buffers, but not for a place that takes nothing for
 * OUTLET_PATIENCE. Such a place is stuck, and its lines are dropped and counted, without waiting,
 * until it takes some. Connecting again to a place that was lost never waits longer than
 * OUTLET_GLANCE. */
#ifndef OUTLET_H
#define OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/die.h"
#include "base/shortage.h"
#include "base/span.h"
#include "net/address.h"
#include "net/lookup.h"
#include "net/place.h"
#include "net/target.h"

enum {
    OUTLET_BATCH = 64,
    OUTLET_MTU = 1432,
    OUTLET_PORT = 8125,
    OUTLET_CONNECT = 5000, /* ms: how long a connection may take */
    OUTLET_RETRY = 1000,   /* ms between attempts to connect */
    OUTLET_PATIENCE = 1000 /* ms without progress */,
    OUTLET_GLANCE = 50 /* ms */
};

struct outlet {
    enum net_kind kind;
    struct net_target target; /* its text is the name in messages, also of a Unix socket */
    int fd;                   /* it never blocks; -1: there is no socket */
    bool is_connecting;       /* fd is not connected yet */
    struct net_lookup lookup;
    struct net_address address; /* where it was connected to last, or tried to; no Unix socket */
    unsigned attempts;
    size_t mtu;   /* bytes of a datagram; a stream has one buffer of all */
    char *buffer; /* OUTLET_BATCH datagrams */
    size_t lengths[OUTLET_BATCH];
    uint64_t lines_in[OUTLET_BATCH];
    unsigned count; /* datagrams begun; the last one is open */
    struct mmsghdr headers[OUTLET_BATCH];
    struct iovec parts[OUTLET_BATCH];
    uint64_t lines, datagrams, lost; /* lines taken, datagrams sent, lines that could not be sent */
    int64_t retry;                   /* monotonic ms: when to connect again at the earliest */
    bool is_stuck;                   /* it takes nothing */
    uint64_t lost_before;            /* `lost` when it became stuck */
    char *rest;                      /* of a line whose beginning a stream has taken */
    size_t rest_length;
    struct complaint failures;
    struct shortages shortages;
};

/* Reads a place as the user writes it. False: it is malformed. */
bool outlet_parse(struct outlet *o, enum net_kind kind, const char *text);

/* Connects it, within OUTLET_CONNECT for each address. mtu is in bytes. False: errno has the
 * reason, and it is tried again when there are lines for it. A name without an address ends the
 * program. */
bool outlet_open(struct outlet *o, size_t mtu);

/* Sends the waiting lines; afterwards, `lost` includes all lost lines. */
void outlet_end(struct outlet *o);

/* Closes it. What is there is not sent. */
void outlet_close(struct outlet *o);

/* Connects again, if the last attempt was OUTLET_RETRY ago: outlet_connect.c. False: not yet. */
bool outlet_reconnect(struct outlet *o);

/* Connects for the first time, as outlet_open says. */
bool outlet_connect(struct outlet *o);

/* Adds lines, separated by LFs. False: one of them is longer than a datagram, and none is added. */
bool outlet_put(struct outlet *o, struct span lines);

/* Sends the waiting lines, or drops them. */
void outlet_flush(struct outlet *o);

#endif
