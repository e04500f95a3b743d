/* idle: for how long series without new samples are still sent, by family. */
#ifndef SERIES_IDLE_H
#define SERIES_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "format/types.h"
#include "samples/family.h"
#include "series/table.h"

/* How long by default: the place in a list (types.h), the family's letters, its idle time. */
#define IDLE_ROWS(ROW) ROW(FIRST, "c", "5m") ROW(NEXT, "ms", "5m") ROW(NEXT, "s", "5m") ROW(LAST, "g", "forever")

#define IDLE_ITEM(place, letters, time) TYPES_ITEM_##place(letters "=" time)
#define IDLE_WORD(place, letters, time) TYPES_WORD_##place(letters "=")
#define IDLE_DEFAULT                    IDLE_ROWS(IDLE_ITEM) /* `c=5m,…`, as the option has it */
#define IDLE_WORDS                      IDLE_ROWS(IDLE_WORD) /* `c=, ms=, s= or g=` */

enum { IDLE_FOREVER = -1 };

/* Reads `c=5m,ms=30,s=0,g=forever` into idle[FAMILIES], in ms or IDLE_FOREVER; families that are
 * not named keep their value. Returns false when an item is malformed, and sets *culprit to it. */
bool idle_parse(const char *text, int64_t *idle, struct span *culprit);

/* True when a series, whose last interval with samples ended at last_end (ms, or NEVER), has been
 * idle too long to be sent in an interval that ends at `end` (ms). idle is idle_parse's. */
static inline bool idle_is_over(const int64_t *idle, enum family family, int64_t last_end, int64_t end)
{
    return last_end != NEVER && idle[family] != IDLE_FOREVER && end - last_end > idle[family];
}

#endif
