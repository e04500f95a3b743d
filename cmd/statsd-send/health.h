/* health: which nodes are up, asked at their admin ports as the proxy of the reference does. A node
 * that answers `health` with `health: up` is up. If it answers anything else, or nothing within the
 * interval, it is down until it answers that it is up.
 *
 * It never blocks: its owner polls health_fd and calls health_step. */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"
#include "shard.h"

struct health_check {
    const char *name;           /* of the node, for messages; NULL: it is not asked */
    struct net_address address; /* of its admin port */
    int fd;                     /* -1: no question is under way */
    bool is_asked;              /* the question has been sent */
    int64_t due;                /* monotonic ms: when to ask, or to give up waiting */
    char answer[64];
    size_t length;
};

struct health {
    int poll_fd;
    int64_t interval; /* ms */
    struct health_check *checks;
    struct shard_node *nodes;
    size_t count;
};

/* nodes and checks, one for each node, must live on; interval is in ms. */
void health_init(struct health *h, struct health_check *checks, struct shard_node *nodes, size_t count,
                 int64_t interval);
void health_free(struct health *h);

/* What to poll for POLLIN. */
int health_fd(const struct health *h);

/* Goes on; now is monotonic ms. Returns when it wants to be called again at the latest, INT64_MAX
 * for never. */
int64_t health_step(struct health *h, int64_t now);

#endif
