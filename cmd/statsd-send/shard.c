#include "shard.h"

#include <math.h>

#include "base/hash.h"

/* The same for everyone: the seeds are the first digits of π. */
static const struct hash_seed seed = { { UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707345),
                                         UINT64_C(0xa4093822299f31d1), UINT64_C(0x082efa98ec4e6c89) } };

enum { KIND_NODE = 1, KIND_SERIES = 2 };

uint64_t shard_hash(struct span name)
{
    return hash_bytes(&seed, name.text, name.length, KIND_NODE);
}

/* Between 0 and 1, both excluded. */
static double fraction(uint64_t hash)
{
    return ((double)(hash >> 11) + 0.5) * 0x1p-53;
}

static double score(const struct shard_node *node, uint64_t series)
{
    uint64_t hash = hash_fold(node->hash ^ series, seed.words[0] ^ (series >> 32 | series << 32));
    return -node->weight / log(fraction(hash_fold(hash ^ seed.words[1], seed.words[2])));
}

size_t shard_choose(const struct shard_node *nodes, size_t count, struct span series)
{
    uint64_t hash = hash_bytes(&seed, series.text, series.length, KIND_SERIES);
    double best = -1, best_of_all = -1;
    size_t chosen = count, of_all = 0;
    for (size_t i = 0; i < count; i++) {
        double s = score(&nodes[i], hash);
        if (s > best_of_all) {
            best_of_all = s;
            of_all = i;
        }
        if (!nodes[i].is_down && s > best) {
            best = s;
            chosen = i;
        }
    }
    return chosen < count ? chosen : of_all;
}
