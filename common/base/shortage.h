/* shortage: calls that fail for a moment, because the kernel lacks memory or buffers. A call that
 * fails with ENOMEM or ENOBUFS has done nothing and can be made again. So it ends no program: the
 * failure is reported, and after a pause the program goes on. */
#ifndef BASE_SHORTAGE_H
#define BASE_SHORTAGE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/die.h"

enum {
    SHORTAGE_PAUSE = 10,  /* ms: long enough not to add to the load, short for a full queue */
    SHORTAGE_REST = 1000, /* ms: how long a listener rests at most (shortage_at_accept) */
};

/* The reports. Begin with shortages_none. */
struct shortages {
    struct complaint complaint;
    int64_t stretch_end; /* monotonic ms */
};
extern const struct shortages shortages_none;

/* True if an errno is a shortage. */
static inline bool shortage_is(int error)
{
    return error == ENOMEM || error == ENOBUFS;
}

/* True if accept(2) has failed for lack of a descriptor or memory. The client waits, and the
 * listener stays readable. So it is not polled until something is closed or SHORTAGE_REST has
 * passed: descriptors or memory can become available without any event. */
static inline bool shortage_at_accept(int error)
{
    return error == EMFILE || error == ENFILE || shortage_is(error);
}

/* Prints `WHAT WHERE: reason: trying again`, or `WHAT: …` if where is NULL: the first few in ten
 * seconds (die.h); the others are counted. */
void shortage_report(struct shortages *s, const char *what, const char *where, int error);

/* Prints how many were not printed. Call it at the end. */
void shortage_summary(struct shortages *s);

/* Sleeps for SHORTAGE_PAUSE, or until a signal comes. */
void shortage_pause(void);

#endif
