#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "filter/options.h"
#include "format/record.h"

static const struct {
    const char *name;
    size_t offset;
    unsigned part; /* of enum report_part; 0: every receiver has it */
    bool is_level;
    enum { OURS, BOTH, THEIRS, LOSS } set; /* whose figure it is; a LOSS is ours, and reported with theirs if any */
} figures[] = {
    { "packets_received", offsetof(struct counters, packets), 0, false, BOTH },
    { "metrics_received", offsetof(struct counters, reader.records), 0, false, OURS },
    { "metrics_received", offsetof(struct counters, reader.lines), 0, false, THEIRS },
    { "bad_lines_seen", offsetof(struct counters, reader.bad), 0, false, BOTH },
    { "bad_timestamps", offsetof(struct counters, reader.skewed), 0, false, OURS },
    { "events_received", offsetof(struct counters, reader.other), 0, false, OURS },
    { "packets_dropped", offsetof(struct counters, dropped), 0, false, LOSS },
    { "connections", offsetof(struct counters, connections), REPORT_CONNECTIONS, true, OURS },
    { "connections_refused", offsetof(struct counters, connections_refused), REPORT_CONNECTIONS, false, LOSS },
    { "rejects_lost", offsetof(struct counters, rejects_lost), REPORT_REJECTS, false, LOSS },
    { "events_lost", offsetof(struct counters, events_lost), REPORT_EVENTS, false, LOSS },
};

enum { FIGURES = sizeof figures / sizeof *figures, FIGURE_NAME_MAX = 32, FIGURE_LINE_MAX = 128 };

static uint64_t figure_of(const struct counters *c, size_t i)
{
    uint64_t value;
    memcpy(&value, (const char *)c + figures[i].offset, sizeof value);
    return value;
}

size_t report_size(const char *prefix)
{
    return FIGURES * (2 * strlen(prefix) + FIGURE_LINE_MAX + 2 * FIGURE_NAME_MAX);
}

static struct sample sample_of(const struct counters *now, const struct counters *reported, size_t i, char *text)
{
    uint64_t value = figure_of(now, i) - (figures[i].is_level ? 0 : figure_of(reported, i));
    return (struct sample){
        .type = figures[i].is_level ? RECORD_GAUGE : RECORD_COUNTER,
        .value = { text, number_format_uint(value, text) },
        .rate = SPAN("1"),
    };
}

static bool is_reported(size_t i, unsigned parts, const struct counters *now, const struct counters *reported)
{
    unsigned needed = figures[i].part;
    if ((needed & parts) != needed)
        return false;
    if (!(parts & REPORT_OF_STATSD))
        return figures[i].set != THEIRS;
    if (figures[i].set == LOSS)
        return figure_of(now, i) != figure_of(reported, i);
    return figures[i].set != OURS;
}

void report_write(struct out *records, const char *prefix, const struct counters *now, struct counters *reported,
                  int64_t time, unsigned parts)
{
    char series[FILTER_SELF_PREFIX_MAX + 1 + FIGURE_NAME_MAX], value[NUMBER_TEXT_MAX];
    for (size_t i = 0; i < FIGURES; i++) {
        if (!is_reported(i, parts, now, reported))
            continue;
        int length = snprintf(series, sizeof series, "%s%s%s", prefix, *prefix ? "." : "", figures[i].name);
        struct sample s = sample_of(now, reported, i, value);
        s.series = (struct span){ series, (size_t)length };
        s.time = time;
        char *to = out_room(records, record_size(&s, 0));
        out_added(records, (size_t)(record_write(to, &s, (struct span){ "", 0 }) - to));
    }
    *reported = *now;
}

void report_text(const struct counters *now, unsigned parts, char *text)
{
    int length =
        snprintf(text, REPORT_TEXT_MAX,
                 "%" PRIu64 " packets, %" PRIu64 " records, %" PRIu64 " bad, %" PRIu64 " other, %" PRIu64 " dropped",
                 now->packets, now->reader.records, now->reader.bad, now->reader.other, now->dropped);
    if (parts & REPORT_CONNECTIONS)
        snprintf(text + length, REPORT_TEXT_MAX - (size_t)length, ", %" PRIu64 " connections", now->connections);
}
