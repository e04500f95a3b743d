/* outlet: one place that lines are sent to: a UDP or Unix datagram socket, which gets as many lines
 * in a datagram as fit, or a TCP or Unix stream. No line is ever cut.
 *
 * Sending waits for the kernel's buffers. */
#ifndef OUTLET_H
#define OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/die.h"
#include "base/shortage.h"
#include "base/span.h"
#include "net/place.h"
#include "net/target.h"

enum {
    OUTLET_BATCH = 64,
    OUTLET_MTU = 1432,
    OUTLET_PORT = 8125,
    OUTLET_CONNECT = 5 /* s */,
    OUTLET_RETRY = 1000 /* ms */
};

struct outlet {
    enum net_kind kind;
    struct net_target target; /* its text is the name in messages, also of a Unix socket */
    int fd;
    size_t mtu;   /* bytes of a datagram; a stream has one buffer of all */
    char *buffer; /* OUTLET_BATCH datagrams */
    size_t lengths[OUTLET_BATCH];
    uint64_t lines_in[OUTLET_BATCH];
    unsigned count; /* datagrams begun; the last one is open */
    struct mmsghdr headers[OUTLET_BATCH];
    struct iovec parts[OUTLET_BATCH];
    uint64_t lines, datagrams, lost; /* lines taken, datagrams sent, lines that could not be sent */
    int64_t retry;                   /* monotonic ms: when to connect again at the earliest */
    struct complaint failures;
    struct shortages shortages;
};

/* Reads a place as the user writes it. False: it is malformed. */
bool outlet_parse(struct outlet *o, enum net_kind kind, const char *text);

/* Connects it, or ends the program. mtu is in bytes. */
void outlet_open(struct outlet *o, size_t mtu);
void outlet_close(struct outlet *o);

/* Adds lines, separated by LFs. False: one of them is longer than a datagram, and none is added. */
bool outlet_put(struct outlet *o, struct span lines);

/* Sends what is there. */
void outlet_flush(struct outlet *o);

#endif
