/* shard: which of several nodes a series belongs to, by rendezvous hashing (Thaler and
 * Ravishankar, "Using name-based mappings to increase hit rates", 1998).
 *
 * Every node has a score for a series, from a hash of both names, and the highest wins. So all
 * processes with the same list of nodes, in any order, choose the same node. A node that is added
 * takes its share from all others, and no other series moves. While a node is down, its series go
 * to the node with the next score.
 *
 * With weights, the score is -weight / ln(h), h being the hash between 0 and 1: a node's share
 * is its weight over the sum of all. */
#ifndef SHARD_H
#define SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct shard_node {
    uint64_t hash; /* of its name */
    double weight; /* above 0 */
    bool is_down;
};

/* Returns a node's hash. Its name is what the user has written, without the weight. */
uint64_t shard_hash(struct span name);

/* Returns the index of the node that a series belongs to. If all are down, it is the one that it
 * would belong to if none were. count is at least 1. */
size_t shard_choose(const struct shard_node *nodes, size_t count, struct span series);

#endif
