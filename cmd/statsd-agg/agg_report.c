#include <inttypes.h>
#include <stdio.h>

#include "agg_parts.h"
#include "base/die.h"

void agg_report_counts(const struct agg *a)
{
    const struct adder *adder = &a->intake.adder;
    say("%" PRIu64 " records, %" PRIu64 " bad, %" PRIu64 " late, %" PRIu32 " series", a->intake.lines,
        adder->bad.complaint.total, adder->late.complaint.total, a->store.table.known);
}

void agg_left(const struct agg *a, char *text, size_t size)
{
    const struct store *s = &a->store;
    size_t intervals = s->due_count, series = a->flush.interval ? a->flush.slots - a->flush.next : 0;
    for (size_t i = a->flush.interval ? 1 : 0; i < s->due_count; i++)
        series += s->due[i]->count;
    for (size_t i = 0; i < store_open_count(s); i++) {
        size_t count = store_open(s, i)->count;
        series += count;
        intervals += count > 0;
    }
    if (intervals == 1)
        snprintf(text, size, "an open interval of %zu series", series);
    else if (intervals)
        snprintf(text, size, "%zu open intervals of %zu series", intervals, series);
}
