/* evict: who has to go when the table is full: the series that has been idle longest.
 *
 * Idle is who has no sample in an open interval. Series become idle only when an interval closes, so between two closes a
 * queue, sorted once, serves every eviction. */
#ifndef SERIES_EVICT_H
#define SERIES_EVICT_H

#include <stdbool.h>
#include <stdint.h>

#include "series/table.h"

struct evict {
    struct idle_series *queue;
    uint32_t count, next;
    bool is_current; /* nobody has become idle since the queue was made */
};

void evict_free(struct evict *e);

/* To be called when an interval has closed, or slots have been renumbered. */
void evict_renew(struct evict *e);

/* The slot that has been idle longest, of equals the one that appeared first; -1 when none is idle. */
int64_t evict_choose(struct evict *e, const struct table *t);

#endif
