/* live: when the open interval ends, as the wall clock has it.
 *
 * Deadlines are absolute multiples of the interval, so nothing drifts. A look that finds several boundaries passed closes
 * one interval, stamped with the last of them; a clock set back by more than the interval closes the open one with the
 * stamp it was to have, and boundaries begin anew. Pure: the caller brings both clocks. */
#ifndef TIME_LIVE_H
#define TIME_LIVE_H

#include <stdbool.h>
#include <stdint.h>

struct live {
    int64_t interval, offset; /* ms */
    int64_t start;            /* the boundary the open interval began at */
    int64_t end;              /* the boundary it ends at, as long as nothing delays it */
    int64_t wall, monotonic;  /* ms, at the last look */
    uint64_t delayed;         /* boundaries passed by because the caller could not close */
};

/* What a look found: whether the open interval is to be closed, and as what. */
struct closing {
    bool due;
    int64_t start, end; /* the stretch it stands for: a multiple of the interval */
};

void live_begin(struct live *s, int64_t interval, int64_t offset, int64_t wall, int64_t monotonic);

/* Goes on with the interval that begins at a boundary, closed, which an earlier run had come to. */
void live_resume(struct live *s, int64_t closed);

/* Looks at the clocks. With can_close false a boundary that has come is passed by, counted, and the interval runs on. */
struct closing live_look(struct live *s, int64_t wall, int64_t monotonic, bool can_close);

/* How long to sleep, in ms, before the next look: until the boundary, but at most a second, so that a clock that has been
 * set is noticed. */
int live_timeout(const struct live *s, int64_t wall);

#endif
