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
    size_t intervals, series;
    store_count_left(&a->store, a->flush.interval ? a->flush.slots - a->flush.next : 0, &intervals, &series);
    if (intervals == 1)
        snprintf(text, size, "an open interval of %zu series", series);
    else if (intervals)
        snprintf(text, size, "%zu open intervals of %zu series", intervals, series);
}
