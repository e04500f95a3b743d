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
    struct expose_texts *texts;
    const struct metric *metric; /* of the lines */
    size_t interval;             /* and the number of their interval in its history */
};

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
    text_put(s->to, family_name(f));
    text_put_string(s->to, suffix);
    text_put_byte(s->to, ' ');
    text_put_string(s->to, helps[f->type]);
    text_put(s->to, family_origin(f));
    if (f->divisor != 1)
        text_put_string(s->to, ", divided by 1000");
    text_put_string(s->to, "\n# TYPE ");
    text_put(s->to, family_name(f));
    text_put_string(s->to, suffix);
    text_put_byte(s->to, ' ');
    text_put_string(s->to, shapes[f->shape]);
    text_put_byte(s->to, '\n');
}

/* --- numbers that many lines have ------------------------------------------------------------- */

static void remember(struct expose_known *k, double value, const struct text *t, size_t start)
{
    k->length = t->length - start;
    k->value = value;
    memcpy(k->text, t->bytes + start, k->length);
}

static bool put_known(struct text *t, const struct expose_known *k, double value)
{
    if (!k->length || k->value != value)
        return false;
    text_put(t, (struct span){ k->text, k->length });
    return true;
}

static void put_limit(struct sheet *s, double limit, size_t number)
{
    struct expose_known *k = &s->texts->limits[number % EXPOSE_LIMITS];
    size_t start = s->to->length;
    if (put_known(s->to, k, limit))
        return;
    prometheus_put_limit(s->to, limit);
    remember(k, limit, s->to, start);
}

static void put_time(struct sheet *s, double time)
{
    struct expose_known *k = &s->texts->times[s->interval % EXPOSE_TIMES];
    size_t start = s->to->length;
    if (put_known(s->to, k, time))
        return;
    text_added(s->to, clock_format((int64_t)time, text_room(s->to, CLOCK_TEXT_MAX)));
    remember(k, time, s->to, start);
}

/* --- lines ------------------------------------------------------------------------------------ */

static void put_name(struct sheet *s, const char *suffix)
{
    text_put(s->to, family_name(s->family));
    text_put_string(s->to, suffix);
}

static void put_value(struct sheet *s, double value, double time)
{
    text_put_byte(s->to, ' ');
    text_put_number(s->to, value);
    if (s->has_times) {
        text_put_byte(s->to, ' ');
        put_time(s, time);
    }
    text_put_byte(s->to, '\n');
}

static void put_line(struct sheet *s, const char *suffix, double value, double time)
{
    const struct metric *m = s->metric;
    put_name(s, suffix);
    if (m->labels_length) {
        text_put_byte(s->to, '{');
        text_put(s->to, metric_labels(m));
        text_put_byte(s->to, '}');
    }
    put_value(s, value, time);
}

/* Begins a line whose last label is `key="limit"`, a timer's limit number `number`. */
static void put_limited(struct sheet *s, const char *suffix, const char *key, double limit, size_t number)
{
    const struct metric *m = s->metric;
    put_name(s, suffix);
    text_put_byte(s->to, '{');
    if (m->labels_length) {
        text_put(s->to, metric_labels(m));
        text_put_byte(s->to, ',');
    }
    text_put_string(s->to, key);
    text_put(s->to, SPAN("=\""));
    put_limit(s, limit, number);
    text_put(s->to, SPAN("\"}"));
}

static void put_timer(struct sheet *s, const double *data, bool has_quantiles)
{
    bool is_histogram = s->family->shape == SHAPE_HISTOGRAM;
    size_t count = is_histogram || has_quantiles ? (size_t)data[DATA_PAIRS] : 0;
    double divisor = s->family->divisor, time = data[DATA_TIME];
    for (size_t i = 0; i < count; i++) {
        const double *pair = data + DATA_PAIRS_AT + 2 * i;
        if (is_histogram)
            put_limited(s, "_bucket", "le", pair[0] / divisor, i);
        else
            put_limited(s, "", "quantile", pair[0], i);
        put_value(s, is_histogram ? pair[1] : pair[1] / divisor, time);
    }
    put_line(s, "_sum", data[DATA_SUM] / divisor, time);
    put_line(s, "_count", data[DATA_COUNT], time);
}

static void put_data(struct sheet *s, const double *data, bool has_quantiles)
{
    if (s->family->shape >= SHAPE_SUMMARY) {
        put_timer(s, data, has_quantiles);
        return;
    }
    const char *suffix = s->family->shape == SHAPE_COUNTER  ? "_total"
                         : s->family->type == AGGREGATE_SET ? "_unique"
                                                            : "";
    put_line(s, suffix, data[DATA_VALUE], data[DATA_TIME]);
}

void expose_now(struct text *t, const struct registry *r, enum expose_format format, int64_t now, int64_t ttl)
{
    struct expose_texts texts = { .times = { { .length = 0 } } };
    struct sheet s = { .to = t, .format = format, .texts = &texts };
    for (const struct family *f = r->first; f; f = f->next) {
        s.family = f;
        put_header(&s);
        for (s.metric = f->first; s.metric; s.metric = s.metric->next)
            put_data(&s, s.metric->data.list, now - s.metric->quantiles_given < ttl);
    }
}

static size_t data_size(const struct family *f, const double *data)
{
    return f->shape < SHAPE_SUMMARY ? (size_t)DATA_SIMPLE : DATA_PAIRS_AT + 2 * (size_t)data[DATA_PAIRS];
}

static void put_history(struct sheet *s)
{
    s->interval = 0;
    for (const struct history_block *b = s->metric->history.first; b; b = b->next)
        for (const double *data = b->numbers, *end = data + b->count; data < end; data += data_size(s->family, data)) {
            put_data(s, data, true);
            s->interval++;
        }
}

void expose_history(struct text *t, const struct family *f, struct expose_texts *texts)
{
    struct sheet s = { .to = t, .family = f, .format = EXPOSE_OPENMETRICS, .has_times = true, .texts = texts };
    const struct metric *first = f->first;
    while (first && !first->history.first)
        first = first->next;
    if (!first)
        return; /* its totals come from --state, and no interval had it */
    put_header(&s);
    for (s.metric = f->first; s.metric; s.metric = s.metric->next)
        put_history(&s);
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
