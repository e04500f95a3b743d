/* flush: a closed interval on its way out, row by row.
 *
 * flush_begin settles at one moment what the interval says of every known series: which have samples, which are idle but
 * still sent, how many there are. From then on records of the next interval may be added between two steps; they change
 * nothing of what is written. A series whose idle time is over is forgotten when its last row has been written. */
#ifndef FLUSH_H
#define FLUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "config.h"
#include "interval.h"
#include "out.h"
#include "timer.h"

struct flush {
    struct interval *interval; /* NULL when none is in progress; freed at the end */
    uint32_t *cells;           /* by slot: its cell + 1, FLUSH_IDLE, or 0 for nothing to say */
    uint32_t slots, next;
    uint32_t held;  /* series with something to say */
    double seconds; /* how long the interval was; 0: not known, there are no rates */
    int64_t began_us;
    struct span time;
    char time_text[CLOCK_TEXT_MAX];
    struct timer_scratch scratch;
};

enum { FLUSH_IDLE = UINT32_MAX };

/* The figures at an interval's end that flush itself does not know. */
struct flush_live {
    bool present;
    bool has_lag;
    double lag; /* s */
};

/* Begins writing the interval, which it now owns. stamp is the time of its rows, in ms; seconds its length, or 0. Gauges
 * whose samples wait for the close are settled here; those refused are counted as bad in the interval's figures. */
void flush_begin(struct flush *f, const struct config *config, struct table *t, struct interval *v, int64_t stamp,
                 double seconds);

/* Writes rows as long as o has room; true when everything is written and the flush is over. current is the interval that
 * has taken the flushed one's place, or NULL. */
bool flush_step(struct flush *f, const struct config *config, struct table *t, struct interval *current,
                const struct flush_live *live, struct out *o);

void flush_free(struct flush *f);

/* True when a series last heard of in an interval that ended at last_end is idle for too long to be sent at end. */
bool idle_is_over(const struct config *config, enum family family, int64_t last_end, int64_t end);

#endif
