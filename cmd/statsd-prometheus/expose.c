#include "expose.h"

#include <math.h>

#include "base/clock.h"
#include "format/prometheus.h"

/* What a family's lines have in common. */
struct sheet {
    struct text *to;
    const struct family *family;
    enum expose_format format;
    bool has_times;
};

static struct span name_of(const struct family *f)
{
    return (struct span){ f->name, f->name_length };
}

static const char *type_suffix(const struct family *f, enum expose_format format)
{
    if (f->shape == SHAPE_COUNTER)
        return format == EXPOSE_TEXT ? "_total" : "";
    return f->type == AGGREGATE_SET ? "_unique" : "";
}

static void put_header(struct sheet *s)
{
    static const char *const shapes[] = { "counter", "gauge", "summary", "histogram" };
    static const char *const helps[AGGREGATE_TYPES] = {
        [AGGREGATE_COUNTER] = "StatsD counter ", [AGGREGATE_TIMER] = "StatsD timer ",
        [AGGREGATE_GAUGE] = "StatsD gauge ",     [AGGREGATE_SET] = "StatsD set (distinct members) ",
        [AGGREGATE_OWN] = "self-metric ",
    };
    const struct family *f = s->family;
    const char *suffix = type_suffix(f, s->format);
    text_put_string(s->to, "# HELP ");
    text_put(s->to, name_of(f));
    text_put_string(s->to, suffix);
    text_put_byte(s->to, ' ');
    text_put_string(s->to, helps[f->type]);
    text_put(s->to, (struct span){ f->origin, f->origin_length });
    if (f->divisor != 1)
        text_put_string(s->to, ", divided by 1000");
    text_put_string(s->to, "\n# TYPE ");
    text_put(s->to, name_of(f));
    text_put_string(s->to, suffix);
    text_put_byte(s->to, ' ');
    text_put_string(s->to, shapes[f->shape]);
    text_put_byte(s->to, '\n');
}

/* One line. With a key, `key="limit"` is its last label. */
static void put_line(struct sheet *s, const struct metric *m, const char *suffix, const char *key, double limit,
                     double value)
{
    struct text *t = s->to;
    text_put(t, name_of(s->family));
    text_put_string(t, suffix);
    if (m->labels_length || key) {
        text_put_byte(t, '{');
        text_put(t, (struct span){ m->labels, m->labels_length });
        if (m->labels_length && key)
            text_put_byte(t, ',');
        if (key) {
            text_put_string(t, key);
            text_put_string(t, "=\"");
            prometheus_put_limit(t, limit);
            text_put_byte(t, '"');
        }
        text_put_byte(t, '}');
    }
    text_put_byte(t, ' ');
    text_put_number(t, value);
}

static void end_line(struct sheet *s, double time)
{
    if (s->has_times) {
        text_put_byte(s->to, ' ');
        text_added(s->to, clock_format((int64_t)time, text_room(s->to, CLOCK_TEXT_MAX)));
    }
    text_put_byte(s->to, '\n');
}

static void put_timer(struct sheet *s, const struct metric *m, const double *data, bool has_quantiles)
{
    bool is_histogram = s->family->shape == SHAPE_HISTOGRAM;
    const double *pair = data + DATA_PAIRS_AT, *end = pair + 2 * (size_t)data[DATA_PAIRS];
    double divisor = s->family->divisor;
    for (; pair < end && (is_histogram || has_quantiles); pair += 2) {
        if (is_histogram)
            put_line(s, m, "_bucket", "le", pair[0] / divisor, pair[1]);
        else
            put_line(s, m, "", "quantile", pair[0], pair[1] / divisor);
        end_line(s, data[DATA_TIME]);
    }
    put_line(s, m, "_sum", NULL, 0, data[DATA_SUM] / divisor);
    end_line(s, data[DATA_TIME]);
    put_line(s, m, "_count", NULL, 0, data[DATA_COUNT]);
    end_line(s, data[DATA_TIME]);
}

static void put_data(struct sheet *s, const struct metric *m, const double *data, bool has_quantiles)
{
    if (s->family->shape >= SHAPE_SUMMARY) {
        put_timer(s, m, data, has_quantiles);
        return;
    }
    const char *suffix = s->family->shape == SHAPE_COUNTER  ? "_total"
                         : s->family->type == AGGREGATE_SET ? "_unique"
                                                            : "";
    put_line(s, m, suffix, NULL, 0, data[DATA_VALUE]);
    end_line(s, data[DATA_TIME]);
}

void expose_now(struct text *t, const struct registry *r, enum expose_format format, int64_t now, int64_t ttl)
{
    for (const struct family *f = r->first; f; f = f->next) {
        struct sheet s = { t, f, format, false };
        put_header(&s);
        for (const struct metric *m = f->first; m; m = m->next)
            put_data(&s, m, m->data.list, now - m->quantiles_given < ttl);
    }
}

void expose_history(struct text *t, const struct family *f)
{
    struct sheet s = { t, f, EXPOSE_OPENMETRICS, true };
    const struct metric *first = f->first;
    while (first && !first->history.count)
        first = first->next;
    if (!first)
        return; /* its totals come from --state, and no interval had it */
    put_header(&s);
    for (const struct metric *m = f->first; m; m = m->next)
        for (size_t at = 0; at < m->history.count;) {
            const double *data = m->history.list + at;
            put_data(&s, m, data, true);
            at += f->shape < SHAPE_SUMMARY ? (size_t)DATA_SIMPLE : DATA_PAIRS_AT + 2 * (size_t)data[DATA_PAIRS];
        }
}

void expose_figures(struct text *t, enum expose_format format, struct span prefix, const struct expose_figure *figures,
                    size_t count)
{
    for (const struct expose_figure *f = figures; f < figures + count; f++) {
        const char *total = f->is_total ? "_total" : "", *type_total = format == EXPOSE_TEXT ? total : "";
        const char *lines[][4] = { { "# HELP ", type_total, " ", f->help },
                                   { "# TYPE ", type_total, f->is_total ? " counter" : " gauge", "" },
                                   { "", total, " ", NULL } };
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
            text_put_string(t, lines[i][0]);
            text_put(t, prefix);
            text_put_string(t, f->name);
            for (int word = 1; word < 4; word++)
                if (lines[i][word])
                    text_put_string(t, lines[i][word]);
                else
                    text_put_number(t, f->value);
            text_put_byte(t, '\n');
        }
    }
}

void expose_end(struct text *t, enum expose_format format)
{
    if (format == EXPOSE_OPENMETRICS)
        text_put_string(t, "# EOF\n");
}
