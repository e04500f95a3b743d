/* idle: for how long series without new samples are still sent, by family. */
#ifndef SERIES_IDLE_H
#define SERIES_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "samples/family.h"

enum { IDLE_FOREVER = -1 };

/* Reads `c=5m,ms=30,s=0,g=forever` into idle[FAMILIES], in ms or IDLE_FOREVER; families that are
 * not named keep their value. Returns false when an item is malformed, and sets *culprit to it. */
bool idle_parse(const char *text, int64_t *idle, struct span *culprit);

/* True when a series, whose last interval with samples ended at last_end (ms, or NEVER), has been
 * idle too long to be sent in an interval that ends at `end` (ms). */
bool idle_is_over(const int64_t *idle, enum family family, int64_t last_end, int64_t end);

#endif
