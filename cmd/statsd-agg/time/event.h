/* event: the open intervals when the records' own times decide.
 *
 * An interval is due once a time at or past its end plus the lateness has been seen; records that
 * come for it later are late. Intervals close in the order of time, including empty ones between
 * them, except in a stretch longer than max_gap without any record. Everything depends on the
 * records alone, never on the machine's clock.
 *
 * With by_clock the time seen is what event_clock says, and the records' times no longer count as
 * seen: they neither close an interval nor make another record late. */
#ifndef TIME_EVENT_H
#define TIME_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "series/interval.h"

enum { LATENESS_ALL = -1 };

struct event_intervals {
    int64_t interval, offset; /* ms */
    int64_t lateness;         /* ms, or LATENESS_ALL */
    int64_t max_gap;          /* ms */
    bool by_clock;            /* only event_clock sees times */
    int64_t newest;           /* the largest time seen, or NEVER */
    struct interval **open;   /* by rising start; in the middle of memory */
    size_t count;
    struct interval **memory;
    size_t capacity;       /* of memory */
    struct interval *last; /* the one found last, which is not due; or NULL */
    int64_t written_end;   /* the end of the last interval closed, or NEVER */
    int64_t filled_end;    /* the end of the last one closed that had records, or NEVER */
    uint32_t serial;       /* of the interval created last */
};

/* Times are in ms; lateness may be LATENESS_ALL. */
void event_init(struct event_intervals *e, int64_t interval, int64_t offset, int64_t lateness, int64_t max_gap);
void event_free(struct event_intervals *e);

/* By how many ms --lateness is too short for a record of that time; 0 if the record is not late. */
int64_t event_lateness_missing(const struct event_intervals *e, int64_t time);

/* The open interval of a time that is not late, created if need be. Without by_clock the time
 * counts as seen. */
struct interval *event_interval(struct event_intervals *e, int64_t time);

/* by_clock: sets the clock to a time (ms); a time before the present one changes nothing. Opens the
 * interval of the time, because a clock that passes through an interval counts as a record in
 * it. */
void event_clock(struct event_intervals *e, int64_t time);

/* A shortcut for the usual time, which is in the interval found last and not newer than all others:
 * that interval is open, so the time is not late. NULL for every other time. */
static inline struct interval *event_last_interval(const struct event_intervals *e, int64_t time)
{
    struct interval *last = e->last;
    return last && (time <= e->newest || e->by_clock) && time >= last->start && time < last->end ? last : NULL;
}

/* True when a record of that time would make an interval due. */
bool event_would_close(const struct event_intervals *e, int64_t time);

/* Removes and returns the next interval that is due (with `all`, the next one); NULL when there is
 * none. The caller frees it. */
struct interval *event_close_next(struct event_intervals *e, bool all);

#endif
