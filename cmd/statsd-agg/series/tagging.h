/* tagging: adds tags to series: those of --tag, and the `le` tags of cumulative histograms. */
#ifndef SERIES_TAGGING_H
#define SERIES_TAGGING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "format/record.h"

struct tagging {
    char *text; /* the tags to add, `;key=value;key=value`, made safe; or NULL */
    size_t length;
    char *line; /* scratch */
    size_t capacity;
    struct record_canonical canonical;
};

void tagging_init(struct tagging *t);
void tagging_free(struct tagging *t);

/* Adds a tag `key:value`, made safe. False when there is no `:`, or when making it safe leaves the
 * key or the value empty. */
bool tagging_add(struct tagging *t, const char *text);

/* The escaped series with the tags added, in canonical form. A series' own tag takes precedence
 * over an added one, and `last` (`;le=10`, may be empty) over both. Valid until the next call. */
struct span tagging_apply(struct tagging *t, struct span series, struct span last);

#endif
