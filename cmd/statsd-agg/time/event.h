/* event: the intervals that are open when the records' own times decide.
 *
 * An interval is due once a time at or past its end plus the lateness has been seen; what comes for it afterwards is late.
 * Intervals are handed out in the order of time, the empty ones in between too, except in a stretch longer than max_gap in
 * which no record at all came. All of it depends on the records alone, never on a clock. */
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
    int64_t newest;           /* the largest time seen, or NEVER */
    struct interval **open;   /* by rising start; the middle of memory */
    size_t count;
    struct interval **memory;
    size_t capacity;       /* of memory */
    struct interval *last; /* the one found last, which is not due, or NULL */
    int64_t written_end;   /* the end of the last interval handed out, or NEVER */
    int64_t filled_end;    /* the end of the last one handed out that had records */
    uint32_t serial;
};

void event_init(struct event_intervals *e, int64_t interval, int64_t offset, int64_t lateness, int64_t max_gap);
void event_free(struct event_intervals *e);

/* How far, in ms, --lateness falls short of taking a record of that time: 0 when it is in time. */
int64_t event_lateness_missing(const struct event_intervals *e, int64_t time);

/* The open interval of a time that is not late; time counts as seen. */
struct interval *event_interval(struct event_intervals *e, int64_t time);

/* The same, at once, for the usual time: one that is neither newer than all others nor of another interval than the last. Such
 * an interval is open, so the time is not late. NULL for every other time. */
static inline struct interval *event_last_interval(const struct event_intervals *e, int64_t time)
{
    struct interval *v = e->last;
    return v && time <= e->newest && time >= v->start && time < v->end ? v : NULL;
}

/* True when a time, once it is seen, makes another interval due. */
bool event_would_close(const struct event_intervals *e, int64_t time);

/* Takes the next interval that is due (or, with all, the next one) out; NULL when there is none. The caller frees it. */
struct interval *event_close_next(struct event_intervals *e, bool all);

#endif
