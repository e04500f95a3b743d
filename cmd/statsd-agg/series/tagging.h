/* tagging: adds tags to series: those of --tag, and the `le` tags of cumulative histograms.
 *
 * A series that came without the tags of --tag is kept without them, so that it is found by the
 * bytes that it comes with. They are added when it is written. */
#ifndef SERIES_TAGGING_H
#define SERIES_TAGGING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "format/record.h"

/* The tags to add, `;key=value;key=value`, made safe and in canonical form. Begin with zeros. */
struct tagging {
    char *text;
    size_t length;
};

void tagging_free(struct tagging *t);

/* Adds a tag `key:value`, made safe, which wins over one added before. False when there is no `:`,
 * or when making it safe leaves the key or the value empty. */
bool tagging_add(struct tagging *t, const char *text);

/* Memory for one series at a time. */
struct tagging_scratch {
    char *line, *joined;
    size_t capacity, joined_capacity;
    struct record_canonical canonical;
};

void tagging_scratch_init(struct tagging_scratch *s);
void tagging_scratch_free(struct tagging_scratch *s);

/* The two parts of a name as one. Valid until the next call. */
struct span tagging_join(struct tagging_scratch *s, struct span head, struct span rest);

/* The series, escaped and canonical, with the tags, escaped and each `;key=value`, in canonical
 * form. A series' own tag takes precedence over the tags, and `last` (`;le=10`, may be empty) over
 * both. Valid until the next call, or the series itself. */
struct span tagging_with(struct tagging_scratch *s, struct span series, struct span tags, struct span last);

/* The canonical form of an escaped series that may have been edited by hand, without those of its
 * tags that tagging_with would add. Valid until the next call. */
struct span tagging_without(struct tagging_scratch *s, struct span series, const struct tagging *t);

#endif
