/* flush: writes the rows of a closed interval, a part at a time.
 *
 * flush_begin decides for every known series whether the interval has rows of it: because it has
 * samples, or because it is idle but still sent. Records of the next interval may be added between
 * two steps and do not change the rows. A series whose idle time is over is forgotten once its last
 * row has been written.
 *
 * With --state an interval stays whole until all its rows have left, so that it can be saved at any
 * time before. Otherwise each cell is freed as soon as its rows are in the output. */
#ifndef FLUSH_H
#define FLUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "config.h"
#include "filter/out.h"
#include "filter/refusals.h"
#include "series/interval.h"
#include "series/own_le.h"
#include "series/tagging.h"
#include "statistics/timer.h"

/* The row_kind of a slot: it has no rows, those of its cell, the same for a series that had none
 * before, or those of an idle series. */
enum { ROWS_NONE, ROWS_CELL, ROWS_FIRST, ROWS_IDLE };

struct flush {
    struct interval *interval; /* NULL when no flush is in progress */
    bool keeps;                /* an interval is not done before all its rows have left */
    bool is_kept;              /* this one stays whole until then */
    bool is_complete;          /* all rows are in the output */
    uint32_t slots, next;
    uint32_t fetch_until; /* the last slot seen whose timer has runs */
    uint32_t series;      /* how many have rows */
    double seconds;       /* the interval's length; 0: not known, so there are no rates */
    int64_t began_us;
    struct span time;
    char time_text[CLOCK_TEXT_MAX];
    struct timer_scratch scratch;
    struct tagging_scratch series_scratch, bin_scratch; /* for the tags of --tag, and for `le` of bins */
    struct own_le own_le;
    struct refusals *bad; /* counts the gauge samples refused at the close */
    struct pool *pool;    /* memory of the cells' samples */
};

/* Prepares a flush for use; bad and pool stay the caller's and must outlive it. */
void flush_init(struct flush *f, struct refusals *bad, struct pool *pool, bool keeps);
void flush_free(struct flush *f);

/* Begins writing the interval, which stays the caller's and must outlive the flush. stamp is the
 * time of its rows in ms, seconds its length or 0. Gauges whose samples wait for the close are
 * settled here; samples refused are counted as bad in the interval. */
void flush_begin(struct flush *f, const struct config *config, struct table *t, struct interval *interval,
                 int64_t stamp, double seconds);

/* Writes rows as long as o has room; true when everything is written and the flush is over. With
 * --state that is when all rows have left: false also while only that is missing. */
bool flush_step(struct flush *f, const struct config *config, struct table *t, struct out *o);

/* True when the flush in progress has yet to write the slot. */
bool flush_needs(const struct flush *f, uint32_t slot);

#endif
