/* connections: clients of TCP and Unix streams, from accept(2) to records.
 *
 * No client holds up another: a round reads one bounded piece of each of a few connections, in
 * turn. While the output has no room, nothing is read, which slows the clients. */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/die.h"
#include "base/shortage.h"
#include "connection.h"
#include "net/sockets.h"
#include "report.h"

struct connection_limits {
    size_t connections;   /* open at once */
    int64_t idle_timeout; /* ms without a byte; 0: no limit */
};

/* Its insides are its own. */
struct connections {
    int epoll; /* -1: there is nothing to accept or to read */
    struct listener *listeners;
    size_t listener_count;
    struct connection_list list;
    struct connection *current; /* whose turn is not over */
    struct connection_limits limits;
    struct streams streams;
    struct counters *counters;
    struct complaint refused, failed;
    struct shortages *shortages;
    int64_t drain_end; /* monotonic ms */
    int64_t rested;    /* monotonic ms: since when the listeners pause, for lack of descriptors; 0: they don't */
};

/* Takes up the streams among the sockets, which stay the caller's. */
void connections_init(struct connections *c, const struct net_sockets *sockets, const struct connection_limits *limits,
                      struct reader *reader, size_t max_line, struct counters *counters, struct shortages *shortages);
void connections_free(struct connections *c);

/* The descriptor that is readable when connections_round has something to do; -1: never. */
int connections_fd(const struct connections *c);

/* True if nothing is open and nothing can come. */
bool connections_are_over(const struct connections *c);

/* Accepts waiting clients and reads waiting bytes. READER_DONE: *more tells if there may be more.
 * READER_FULL: go on with connections_resume when there is room, before anything else uses the
 * reader. */
enum reader_result connections_round(struct connections *c, bool *more);
enum reader_result connections_resume(struct connections *c);

/* Closes silent connections and lets pausing listeners try again. Call it while no other text is
 * open in the reader. Returns the monotonic time (ms) at which to call it again. */
int64_t connections_keep(struct connections *c, int64_t now);

/* Accepts the waiting clients, except at sockets that were handed down, and no further ones. The
 * bytes that have come by now will be read, and a bounded number of bytes that follow without a
 * pause. */
void connections_shut(struct connections *c);

/* After connections_shut: reads a piece of the remaining bytes, and closes connections that are
 * read completely. READER_DONE: *more tells if there is more. */
enum reader_result connections_drain(struct connections *c, bool *more);

/* Prints how many complaints were not shown. */
void connections_sum_up(struct connections *c);

#endif
