#include "series/own_le.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "format/tag_key.h"

void own_le_init(struct own_le *o)
{
    *o = (struct own_le){ .complaint = { .what = "series with a tag le of their own" } };
    record_canonical_init(&o->canonical);
}

void own_le_free(struct own_le *o)
{
    record_canonical_free(&o->canonical);
    free(o->text);
}

struct span own_le_rename(struct own_le *o, struct span series, bool is_new)
{
    const struct span key = SPAN("le");
    if (!tag_key_is_in(series, key))
        return series;
    if (o->capacity < 2 * series.length) {
        o->capacity = 2 * series.length;
        o->text = xreallocarray(o->text, o->capacity, 1);
    }
    size_t length = (size_t)(tag_key_rename(o->text, series, key) - o->text);
    struct span renamed = record_canonical(&o->canonical, (struct span){ o->text, length });
    if (is_new)
        complain(&o->complaint, "series %s is written as %s: --histogram-cumulative needs the tag le",
                 quote(series.text, series.length).text, quote(renamed.text, renamed.length).text);
    return renamed;
}

void own_le_summarise(struct own_le *o)
{
    complaint_summary(&o->complaint);
}
