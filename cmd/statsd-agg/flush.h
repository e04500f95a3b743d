/* flush: a closed interval on its way out, row by row.
 *
 * flush_begin settles at one moment what the interval says of every known series: which have samples, which are idle but
 * still sent, how many there are. From then on records of the next interval may be added between two steps; they change
 * nothing of what is written. A series whose idle time is over is forgotten when its last row has been written. */
#ifndef FLUSH_H
#define FLUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "config.h"
#include "filter/out.h"
#include "filter/refusals.h"
#include "series/interval.h"
#include "series/tagging.h"
#include "statistics/timer.h"

/* What the interval's own rows say beside its own counts. */
struct flush_figures {
    uint64_t refused, evicted, delayed; /* since the last interval */
    bool is_live;                       /* those that depend on the clock are written */
    bool has_lag;
    double lag; /* s */
};

struct flush {
    struct interval *interval; /* NULL when none is in progress; freed at the end */
    unsigned char *says;       /* by slot: FLUSH_… */
    uint32_t slots, next;
    uint32_t fetch_until; /* the last slot seen whose timer has runs */
    uint32_t held;        /* series with something to say */
    double seconds;       /* how long the interval was; 0: not known, there are no rates */
    int64_t began_us;
    struct span time;
    char time_text[CLOCK_TEXT_MAX];
    struct flush_figures figures;
    struct timer_scratch scratch;
    struct tagging tagging; /* scratch for `le` tags */
    struct refusals *bad;   /* is told of the gauge samples refused at the close */
    struct pool *pool;      /* where the cells' samples came from */
};

/* What the interval says of a slot: nothing, what is in its cell, or that it is idle. */
enum { FLUSH_NOTHING, FLUSH_CELL, FLUSH_IDLE };

/* Begins writing the interval, which it now owns. stamp is the time of its rows, in ms; seconds its length, or 0. Gauges
 * whose samples wait for the close are settled here; those refused are counted as bad in the interval's figures. */
void flush_begin(struct flush *f, const struct config *config, struct table *t, struct interval *v, int64_t stamp,
                 double seconds, const struct flush_figures *figures);

/* Writes rows as long as o has room; true when everything is written and the flush is over. */
bool flush_step(struct flush *f, const struct config *config, struct table *t, struct out *o);

/* bad and pool stay the caller's and must outlive the flush. */
void flush_init(struct flush *f, struct refusals *bad, struct pool *pool);
void flush_free(struct flush *f);

/* True when the flush in progress has yet to write the slot. */
bool flush_needs(const struct flush *f, uint32_t slot);

#endif
