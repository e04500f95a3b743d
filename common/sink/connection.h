/* connection: the way to the other side, over TCP. It looks the name up, connects, writes what the
 * queue has ready, notices when the other side hangs up, and tries again, first after
 * CONNECTION_WAIT_MIN, each time after twice as long, up to CONNECTION_WAIT_MAX. It never blocks:
 * its owner polls what connection_prepare names and calls connection_step.
 *
 * A connection is opened when there is something to write, and then kept. */
#ifndef SINK_CONNECTION_H
#define SINK_CONNECTION_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/die.h"
#include "base/shortage.h"
#include "net/lookup.h"
#include "net/target.h"
#include "sink/queue.h"

enum {
    CONNECTION_WAIT_MIN = 100, /* ms */
    CONNECTION_WAIT_MAX = 10000,
    CONNECTION_WAIT_HURRY = 250,   /* the most, once connection_hurry was called */
    CONNECTION_OPEN_MAX = 5000,    /* for one address to accept */
    CONNECTION_LOOKUP_MAX = 30000, /* for a name's addresses */
};

struct connection {
    const struct net_target *target;
    enum { CONNECTION_DOWN, CONNECTION_LOOKUP, CONNECTION_OPENING, CONNECTION_UP } state;
    int fd;
    int64_t due; /* DOWN: when to try; LOOKUP, OPENING: when to give up (monotonic ms) */
    int64_t wait, wait_max;
    struct net_lookup lookup;
    struct net_addresses addresses;
    size_t address;       /* which of them is being tried */
    int64_t progress;     /* when bytes were taken last (monotonic ms; 0: never) */
    int64_t last_failure; /* Unix seconds */
    bool failing;         /* since the last time it was up */
    struct complaint failures;
    struct shortages shortages;
};

/* now is monotonic milliseconds, here and below. The target must live on. */
void connection_init(struct connection *c, const struct net_target *t);
void connection_free(struct connection *c);

/* Begins what is to be begun, sets *p to what to poll for, and returns when connection_step is due
 * even if nothing comes, INT64_MAX for never. */
int64_t connection_prepare(struct connection *c, const struct queue *q, int64_t now, struct pollfd *p);

/* Goes on; revents is what poll has found. */
void connection_step(struct connection *c, struct queue *q, short revents, int64_t now);

/* Tries at once, and more often: the end is near. */
void connection_hurry(struct connection *c, int64_t now);

/* Says that there is no more to come and waits for the other side to take everything and to hang
 * up: until deadline, which moves to patience ms from now whenever it takes something. What it has
 * not acknowledged stays in the queue, to be written again. */
void connection_close(struct connection *c, struct queue *q, int64_t deadline, int64_t patience);

/* `connected`, `connecting` or `not connected`. */
const char *connection_state_text(const struct connection *c);

#endif
