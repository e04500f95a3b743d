/* own_le: a series' own tag `le`, where --histogram-cumulative needs that key for bins.
 *
 * Rows of bins differ from each other only in `le`, so a series with bins and a tag `le` of its own
 * would have several values for one name. Its own tag becomes `_le` in all of its rows
 * (format/tag_key.h), which is reported. */
#ifndef SERIES_OWN_LE_H
#define SERIES_OWN_LE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/die.h"
#include "base/span.h"
#include "format/record.h"

/* Scratch for one series at a time, and the reports. */
struct own_le {
    struct record_canonical canonical;
    char *text;
    size_t capacity;
    struct complaint complaint;
};

void own_le_init(struct own_le *o);
void own_le_free(struct own_le *o);

/* The canonical series without the key `le`, canonical again: valid until the next call, or the
 * series itself if it has none. It is reported if is_new. */
struct span own_le_rename(struct own_le *o, struct span series, bool is_new);

/* Ends a stretch of reports (die.h). */
void own_le_summarise(struct own_le *o);

#endif
