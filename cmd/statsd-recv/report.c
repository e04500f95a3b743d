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
} figures[] = {
    { "packets_received", offsetof(struct counters, packets) },
    { "metrics_received", offsetof(struct counters, reader.records) },
    { "bad_lines_seen", offsetof(struct counters, reader.bad) },
    { "bad_timestamps", offsetof(struct counters, reader.skewed) },
    { "events_received", offsetof(struct counters, reader.other) },
    { "packets_dropped", offsetof(struct counters, dropped) },
    { "rejects_lost", offsetof(struct counters, rejects_lost) },
};

/* rejects_lost, the last, is told only if there are rejects. */
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

void report_write(struct out *records, const char *prefix, const struct counters *now, struct counters *reported,
                  int64_t time, bool has_rejects)
{
    char series[FILTER_SELF_PREFIX_MAX + 1 + FIGURE_NAME_MAX], value[NUMBER_TEXT_MAX];
    for (size_t i = 0; i < FIGURES - (has_rejects ? 0 : 1); i++) {
        int length = snprintf(series, sizeof series, "%s%s%s", prefix, *prefix ? "." : "", figures[i].name);
        struct sample s = {
            .series = { series, (size_t)length },
            .type = RECORD_COUNTER,
            .value = { value, number_format_uint(figure_of(now, i) - figure_of(reported, i), value) },
            .rate = SPAN("1"),
            .time = time,
        };
        char *to = out_room(records, record_size(&s, 0));
        out_added(records, (size_t)(record_write(to, &s, (struct span){ "", 0 }) - to));
    }
    *reported = *now;
}

void report_text(const struct counters *now, char *text)
{
    snprintf(text, REPORT_TEXT_MAX,
             "%" PRIu64 " packets, %" PRIu64 " records, %" PRIu64 " bad, %" PRIu64 " other, %" PRIu64 " dropped",
             now->packets, now->reader.records, now->reader.bad, now->reader.other, now->dropped);
}
