/* shortage: calls that fail for a moment, because the kernel lacks memory or buffers. A call that
 * fails with ENOMEM or ENOBUFS has done nothing and can be made again. So it ends no program: the
 * failure is reported, and after a pause the program goes on. */
#ifndef BASE_SHORTAGE_H
#define BASE_SHORTAGE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/die.h"

enum { SHORTAGE_PAUSE = 10 }; /* ms: long enough not to add to the load, short for a full queue */

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

/* Prints `WHAT WHERE: reason: trying again`, or `WHAT: …` if where is NULL: the first few of ten
 * seconds (die.h), the others are counted. */
void shortage_report(struct shortages *s, const char *what, const char *where, int error);

/* Prints how many were not printed. Call it at the end. */
void shortage_summary(struct shortages *s);

/* Sleeps for SHORTAGE_PAUSE, or until a signal comes. */
void shortage_pause(void);

#endif
