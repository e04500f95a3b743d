/* shortage: what the kernel lacks for a moment, memory or buffers. A call that fails with ENOMEM or
 * ENOBUFS has done nothing and can be made again. So it ends no program: the program complains,
 * pauses, and goes on. */
#ifndef BASE_SHORTAGE_H
#define BASE_SHORTAGE_H

#include <errno.h>
#include <stdbool.h>

enum { SHORTAGE_PAUSE = 10 }; /* ms: long enough not to add to the load, short for a full queue */

/* True if an errno is a shortage. */
static inline bool shortage_is(int error)
{
    return error == ENOMEM || error == ENOBUFS;
}

/* Sleeps for SHORTAGE_PAUSE, or until a signal comes. */
void shortage_pause(void);

#endif
