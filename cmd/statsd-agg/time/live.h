/* live: when the open interval ends, by the wall clock.
 *
 * Deadlines are absolute multiples of the interval, so nothing drifts. A look that finds several
 * boundaries passed closes one interval, stamped with the last of them. If the clock is set back by
 * more than one interval, the open interval is closed with its original timestamp and boundaries
 * are recomputed. Pure: the caller passes both clocks. */
#ifndef TIME_LIVE_H
#define TIME_LIVE_H

#include <stdbool.h>
#include <stdint.h>

/* The open interval. All times are in ms. */
struct live_interval {
    int64_t interval, offset;
    int64_t start;           /* the boundary it began at */
    int64_t end;             /* the boundary it ends at unless it is delayed */
    int64_t wall, monotonic; /* the clocks at the last look */
};

/* The result of a look: whether the open interval must be closed, and the time that it covers. */
struct closing {
    bool due;
    int64_t start, end; /* a multiple of the interval apart */
    uint64_t delayed;   /* boundaries passed by because the caller could not close */
};

/* Begins in the aligned interval that holds the wall clock's time. */
void live_begin(struct live_interval *live, int64_t interval, int64_t offset, int64_t wall, int64_t monotonic);

/* Continues with the interval that begins at `closed`, a boundary that an earlier run reached. */
void live_resume(struct live_interval *live, int64_t closed);

/* Looks at the clocks. If can_close is false, a boundary that has been reached is only counted, and
 * the interval continues to the next. */
struct closing live_look(struct live_interval *live, int64_t wall, int64_t monotonic, bool can_close);

/* How long to sleep before the next look, in ms: until the boundary, but at most a second, so that
 * a change of the clock is noticed. */
int live_timeout(const struct live_interval *live, int64_t wall);

#endif
