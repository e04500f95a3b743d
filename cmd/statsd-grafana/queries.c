#include "queries.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "format/prometheus.h"

struct asking {
    const struct queries *queries;
    const struct metric *metric;
    query_taker *take;
    void *self;
    struct text query, legend;
};

void queries_put_variable(struct text *t, const char *tag)
{
    /* Not one of our own. */
    if (strcmp(tag, "datasource") == 0 || strcmp(tag, "metric") == 0)
        text_put_byte(t, '_');
    prometheus_put_key(t, (struct span){ tag, strlen(tag) });
}

static bool is_in_seconds(const struct queries *q, const struct metric *m)
{
    for (const char *const *pattern = q->seconds; *pattern && m->type == AGGREGATE_TIMER; pattern++)
        if (fnmatch(*pattern, m->name, 0) == 0)
            return true;
    return false;
}

static bool ends_in(const struct metric *m, const char *end)
{
    size_t length = strlen(end);
    return m->length >= length && strcmp(m->name + m->length - length, end) == 0;
}

const char *queries_unit(const struct queries *q, const struct metric *m)
{
    static const struct {
        const char *end, *unit;
    } units[] = {
        { "bytes", "bytes" }, { "percent", "percent" },    { "pct", "percent" }, { "ratio", "percentunit" },
        { "seconds", "s" },   { "processing_time", "ms" }, { "_ms", "ms" },      { "timestamp_lag", "s" },
    };
    if (m->type == AGGREGATE_COUNTER)
        return "cps";
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (ends_in(m, units[i].end))
            return units[i].unit;
    if (m->type != AGGREGATE_TIMER)
        return "short";
    return q->datasource == DATASOURCE_PROMETHEUS && is_in_seconds(q, m) ? "s" : "ms";
}

/* `p90` of `upper_90`, `p99.9` of `upper_99_9`. */
static void put_percentile(struct text *t, const char *statistic)
{
    text_put_byte(t, 'p');
    for (const char *p = statistic + strlen("upper_"); *p; p++)
        text_put_byte(t, *p == '_' ? '.' : *p);
}

static bool is_percentile(const char *statistic)
{
    return strncmp(statistic, "upper_", 6) == 0 && statistic[6] >= '0' && statistic[6] <= '9';
}

static void hand_over(struct asking *a)
{
    a->take(a->self, text_span(&a->query), text_span(&a->legend));
    a->query.length = a->legend.length = 0;
}

/* --- Graphite --------------------------------------------------------------------------------- */

static void put_path(struct asking *a, const char *statistic)
{
    const struct metric *m = a->metric;
    struct span name = aggregate_escaped((struct span){ m->name, m->length });
    struct aggregate row = { .series = name,
                             .type = m->type,
                             .statistic = { statistic, strlen(statistic) },
                             .value = SPAN("0"),
                             .time_text = SPAN("0") };
    if (m->own_series)
        row.series = (struct span){ m->own_series, strlen(m->own_series) };
    char *room = text_room(&a->query, path_size(&a->queries->paths, &row));
    const char *end = path_write(&a->queries->paths, room, &row);
    const char *stop = memchr(room, ' ', (size_t)(end - room)), *tags = memchr(room, ';', (size_t)(stop - room));
    text_added(&a->query, (size_t)((tags ? tags : stop) - room));
    free((char *)name.text);
}

static void ask_graphite(struct asking *a, const char *statistic, const char *legend)
{
    const struct metric_words *tags = &a->metric->tags;
    struct text *t = &a->query;
    if (!tags->count) {
        text_put_string(t, "alias(");
        put_path(a, statistic);
        text_put_string(t, ",'");
        text_put_string(t, legend);
        text_put_string(t, "')");
        hand_over(a);
        return;
    }
    text_put_string(t, "aliasSub(aliasByTags(seriesByTag('name=");
    put_path(a, statistic);
    text_put_byte(t, '\'');
    for (size_t i = 0; i < tags->count; i++) {
        text_put_string(t, ",'");
        text_put_string(t, tags->list[i]);
        text_put_string(t, "=~^${");
        queries_put_variable(t, tags->list[i]);
        text_put_string(t, ":regex}$'");
    }
    text_put_byte(t, ')');
    for (size_t i = 0; i < tags->count; i++) {
        text_put_string(t, ",'");
        text_put_string(t, tags->list[i]);
        text_put_byte(t, '\'');
    }
    text_put_string(t, "),'^','");
    text_put_string(t, legend);
    text_put_string(t, " ')");
    hand_over(a);
}

/* --- Prometheus ------------------------------------------------------------------------------- */

static void put_selector(struct asking *a, const char *suffix, const char *label)
{
    const struct metric *m = a->metric;
    struct text *t = &a->query;
    prometheus_put_name(t, (struct span){ m->name, m->length }, m->type, is_in_seconds(a->queries, m));
    text_put_string(t, suffix);
    if (!m->tags.count && !*label)
        return;
    text_put_byte(t, '{');
    text_put_string(t, label);
    for (size_t i = 0; i < m->tags.count; i++) {
        text_put_string(t, i || *label ? "," : "");
        prometheus_put_key(t, (struct span){ m->tags.list[i], strlen(m->tags.list[i]) });
        text_put_string(t, "=~\"$");
        queries_put_variable(t, m->tags.list[i]);
        text_put_byte(t, '"');
    }
    text_put_byte(t, '}');
}

static void put_rate(struct asking *a, const char *suffix)
{
    text_put_string(&a->query, "rate(");
    put_selector(a, suffix, "");
    text_put_string(&a->query, "[$__rate_interval])");
}

static void finish_prometheus(struct asking *a, const char *legend)
{
    text_put_string(&a->legend, legend);
    for (size_t i = 0; i < a->metric->tags.count; i++) {
        text_put_string(&a->legend, " {{");
        prometheus_put_key(&a->legend, (struct span){ a->metric->tags.list[i], strlen(a->metric->tags.list[i]) });
        text_put_string(&a->legend, "}}");
    }
    hand_over(a);
}

/* The label of a percentile, or the argument of histogram_quantile: `0.9` of `upper_90`. */
static double quantile_of(const char *statistic)
{
    char digits[64];
    size_t length = 0;
    double percent = 0;
    for (const char *p = statistic + strlen("upper_"); *p && length < sizeof digits; p++)
        digits[length++] = *p == '_' ? '.' : *p;
    number_parse(digits, length, &percent);
    /* 99.9 / 100 is not 0.999 as a double, but the shortest of its first 12 digits is. */
    char text[32];
    snprintf(text, sizeof text, "%.12g", percent / 100);
    return strtod(text, NULL);
}

static void ask_quantile(struct asking *a, double quantile, const char *legend)
{
    struct text limit = { NULL, 0, 0 };
    prometheus_put_limit(&limit, quantile);
    text_put_byte(&limit, '\0');
    if (a->metric->has_bins) {
        text_put_string(&a->query, "histogram_quantile(");
        text_put_string(&a->query, limit.bytes);
        text_put_byte(&a->query, ',');
        put_rate(a, "_bucket");
        text_put_byte(&a->query, ')');
    } else {
        struct text label = { NULL, 0, 0 };
        text_put_string(&label, "quantile=\"");
        text_put_string(&label, limit.bytes);
        text_put_string(&label, "\"");
        text_put_byte(&label, '\0');
        put_selector(a, "", label.bytes);
        free(label.bytes);
    }
    free(limit.bytes);
    finish_prometheus(a, legend);
}

static void ask_mean(struct asking *a)
{
    put_rate(a, "_sum");
    text_put_byte(&a->query, '/');
    put_rate(a, "_count");
    finish_prometheus(a, "mean");
}

/* --- both ------------------------------------------------------------------------------------- */

/* The lines of a timer: its percentiles, its mean, its largest value. */
static void ask_timer(struct asking *a)
{
    const struct metric_words *statistics = &a->metric->statistics;
    bool is_graphite = a->queries->datasource == DATASOURCE_GRAPHITE;
    for (size_t i = 0; i < statistics->count; i++) {
        struct text legend = { NULL, 0, 0 };
        if (!is_percentile(statistics->list[i]))
            continue;
        put_percentile(&legend, statistics->list[i]);
        text_put_byte(&legend, '\0');
        if (is_graphite)
            ask_graphite(a, statistics->list[i], legend.bytes);
        else
            ask_quantile(a, quantile_of(statistics->list[i]), legend.bytes);
        free(legend.bytes);
    }
    if (metric_has(statistics, "mean")) {
        if (is_graphite)
            ask_graphite(a, "mean", "mean");
        else
            ask_mean(a);
    }
    if (!metric_has(statistics, "upper"))
        return;
    if (is_graphite)
        ask_graphite(a, "upper", "upper");
    else if (!a->metric->has_bins)
        ask_quantile(a, 1, "upper");
}

static void ask_one(struct asking *a)
{
    const struct metric *m = a->metric;
    static const char *const statistics[AGGREGATE_TYPES] = {
        [AGGREGATE_COUNTER] = "rate", [AGGREGATE_GAUGE] = "value", [AGGREGATE_SET] = "count"
    };
    static const char *const legends[AGGREGATE_TYPES] = {
        [AGGREGATE_COUNTER] = "rate", [AGGREGATE_GAUGE] = "value", [AGGREGATE_SET] = "unique", [AGGREGATE_OWN] = "value"
    };
    if (a->queries->datasource == DATASOURCE_GRAPHITE) {
        ask_graphite(a, m->own_statistic ? m->own_statistic : statistics[m->type], legends[m->type]);
        return;
    }
    if (m->type == AGGREGATE_COUNTER)
        put_rate(a, "_total");
    else
        put_selector(a, m->type == AGGREGATE_SET ? "_unique" : "", "");
    finish_prometheus(a, legends[m->type]);
}

void queries_of(const struct queries *q, const struct metric *m, query_taker *take, void *self)
{
    struct asking a = { .queries = q, .metric = m, .take = take, .self = self };
    if (m->type == AGGREGATE_TIMER)
        ask_timer(&a);
    else
        ask_one(&a);
    free(a.query.bytes);
    free(a.legend.bytes);
}
