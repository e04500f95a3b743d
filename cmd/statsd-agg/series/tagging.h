/* tagging: the tags every series is given when it is first seen (--tag), and `le` tags of cumulative histograms. */
#ifndef SERIES_TAGGING_H
#define SERIES_TAGGING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "format/record.h"

struct tagging {
    char *text; /* `;key=value;key=value`, made safe, or NULL */
    size_t length;
    char *line; /* scratch */
    size_t capacity;
    struct record_canonical canonical;
};

void tagging_init(struct tagging *t);
void tagging_free(struct tagging *t);

/* Adds a tag `key:value`, made safe. False when there is no `:`, or nothing is left of the key or the value. */
bool tagging_add(struct tagging *t, const char *text);

/* The escaped series with the tags added that it does not have itself, and with `last` (`;le=10`), which wins over its own.
 * Valid until the next call. */
struct span tagging_apply(struct tagging *t, struct span series, struct span last);

#endif
