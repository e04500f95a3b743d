/* evict: which series makes room when the table is full: the one that has been idle longest.
 *
 * A series is idle when it has no sample in an open interval. Series become idle only when an
 * interval closes, so a queue sorted once serves every eviction between two closes. */
#ifndef SERIES_EVICT_H
#define SERIES_EVICT_H

#include <stdbool.h>
#include <stdint.h>

#include "series/table.h"

/* Begin with zeros. */
struct evict {
    struct idle_series *queue; /* the longest idle first */
    uint32_t count, next;
    bool is_current; /* no series has become idle since the queue was made */
};

void evict_free(struct evict *e);

/* Must be called when an interval has closed or slots have been renumbered. */
void evict_renew(struct evict *e);

/* The slot that has been idle longest, and among equals the one that appeared first. -1 when none
 * is idle. */
int64_t evict_choose(struct evict *e, const struct table *t);

#endif
