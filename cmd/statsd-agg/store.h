/* store: the series that are known, the intervals that are open, and the counts of the next
 * interval to be written. This is what --state carries over a restart.
 *
 * The struct is open: add.c puts records into it, flush.c writes rows from its table, state_load.c
 * and state_save.c read and write all of it, and agg.c decides when an interval closes. */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "self_counts.h"
#include "samples/pool.h"
#include "series/evict.h"
#include "series/interval.h"
#include "series/table.h"
#include "time/event.h"
#include "time/live.h"

struct store {
    const struct config *config;
    struct table table;
    struct pool pool; /* memory of samples and members */
    struct evict evict;
    struct interval *current;     /* live and --once: the open interval; NULL in event time */
    struct live_interval live;    /* live */
    struct event_intervals event; /* event time: the open intervals */
    struct interval **due;        /* closed, but not all of their rows have left; by the time they closed */
    size_t due_count;
    struct self_counts self_counts;
    uint64_t asked; /* by the clock: the number of the state last asked for */
};

/* Begins without series. wall and monotonic are the clocks, in ms; config must outlive the
 * store. */
void store_init(struct store *s, const struct config *config, int64_t wall, int64_t monotonic);
void store_free(struct store *s);

/* Adds a closed interval to those that are due; the store now owns it. store_drop_due frees the
 * first of them, whose cells are gone. */
void store_add_due(struct store *s, struct interval *interval);
void store_drop_due(struct store *s);

/* Closes the holes in the table when there are many. Slots are renumbered, so no flush may be in
 * progress. */
void store_compact(struct store *s);

/* The open interval of a time (ms) that is not late; opened in event time when there is none. */
struct interval *store_interval(struct store *s, int64_t time);

/* How many intervals have series whose rows have not been written, and how many series. first: how
 * many of the first one that is due. */
void store_count_left(const struct store *s, size_t first, size_t *intervals, size_t *series);

/* The open intervals, by rising start: numbers 0 to store_open_count - 1. */
static inline size_t store_open_count(const struct store *s)
{
    return s->current ? 1 : s->event.count;
}

static inline struct interval *store_open(const struct store *s, size_t number)
{
    return s->current ? s->current : s->event.open[number];
}

#endif
