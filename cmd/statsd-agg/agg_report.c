#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agg_parts.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/number.h"
#include "base/xalloc.h"

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

/* The reference's formula: in seconds, of the rounded times of two flushes. */
static double lag_of(const struct agg *a, int64_t end)
{
    int64_t seconds = (end + 500) / 1000 - (a->lag_end + 500) / 1000;
    return (double)seconds - (double)a->config->interval / 1000;
}

void agg_add_lag(struct agg *a, int64_t end)
{
    const struct filter_options *filter = &a->config->filter;
    if (!filter->self_of_statsd || filter->no_self)
        return;
    struct interval *interval = a->store.current;
    struct span prefix = a->config->self_series;
    char value[NUMBER_TEXT_MAX], *series = xmalloc(prefix.length + 32);
    int length = sprintf(series, "%.*s%stimestamp_lag", (int)prefix.length, prefix.text, prefix.length ? "." : "");
    struct pending_record p = { .record = { .series = { series, (size_t)length },
                                            .type = RECORD_GAUGE,
                                            .number = lag_of(a, end),
                                            .rate = 1,
                                            .time = end - 1 },
                                .family = FAMILY_GAUGE };
    p.record.value = (struct span){ value, number_format(p.record.number, value) };
    p.hash = table_hash(&a->store.table, p.record.series, p.family);
    p.guess = table_guess(&a->store.table, p.hash);
    int64_t newest = interval->newest;
    if (a->lag_end) {
        add_record(&a->intake.adder, &p);
        interval->records--;
    }
    interval->newest = newest;
    a->lag_end = end;
    free(series);
}

/* The sum of a counter under our prefix in the open interval. */
static double own_counter(struct agg *a, const char *name)
{
    struct span prefix = a->config->self_series;
    struct table *table = &a->store.table;
    char *series = xmalloc(prefix.length + strlen(name) + 2);
    int length = sprintf(series, "%.*s%s%s", (int)prefix.length, prefix.text, prefix.length ? "." : "", name);
    const struct series_key key = table_key(table, (struct span){ series, (size_t)length }, FAMILY_COUNTER);
    int64_t slot = table_find(table, &key);
    const struct cell *c = slot < 0 ? NULL : interval_find(a->store.current, table, (uint32_t)slot);
    free(series);
    return c ? c->sum : 0;
}

void agg_note_receiver(struct agg *a, int64_t end)
{
    double bad = own_counter(a, "bad_lines_seen");
    a->bad_lines += bad > 0 && bad < 1e15 ? (uint64_t)bad : 0;
    if (own_counter(a, "packets_received") > 0)
        a->last_packet = end;
}

void agg_receiver_figures(struct agg *a, uint64_t *bad_lines, int64_t *last_packet)
{
    bool is_live = a->store.current && a->config->mode == TIME_LIVE;
    double bad = is_live ? own_counter(a, "bad_lines_seen") : 0;
    *bad_lines = a->bad_lines + (bad > 0 && bad < 1e15 ? (uint64_t)bad : 0);
    *last_packet = is_live && own_counter(a, "packets_received") > 0 ? clock_wall_ms() : a->last_packet;
}
