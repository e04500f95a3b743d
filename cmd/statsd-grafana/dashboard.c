#include "dashboard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "json.h"

enum { SCHEMA_VERSION = 39, WIDTH = 12, HEIGHT = 8 };

struct writing {
    const struct dashboard *dashboard;
    const struct queries *queries;
    const struct metric **list; /* the panels', then the rest */
    size_t count, panel_count;
    struct json json;
    int id, y, column; /* of the next panel */
    int targets;       /* of the open one */
};

struct span dashboard_word(const struct metric *m)
{
    return (struct span){ m->name, strcspn(m->name, ".") };
}

/* --- which metrics ---------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const struct metric *x = *(const struct metric *const *)a, *y = *(const struct metric *const *)b;
    int order = strcmp(x->name, y->name);
    return order ? order : (int)x->type - (int)y->type;
}

static int by_weight(const void *a, const void *b)
{
    const struct metric *x = *(const struct metric *const *)a, *y = *(const struct metric *const *)b;
    return x->weight != y->weight ? (x->weight < y->weight) - (x->weight > y->weight) : by_name(a, b);
}

static void choose(struct writing *w, const struct metrics *m)
{
    struct span word = w->dashboard->word;
    w->list = xcalloc(m->count + 1, sizeof *w->list);
    for (const struct metric *at = m->first; at; at = at->next)
        if (!word.text || span_equal(dashboard_word(at), word))
            w->list[w->count++] = at;
    qsort(w->list, w->count, sizeof *w->list, by_weight);
    w->panel_count = w->count < w->dashboard->panels ? w->count : w->dashboard->panels;
    qsort(w->list, w->panel_count, sizeof *w->list, by_name);
    qsort(w->list + w->panel_count, w->count - w->panel_count, sizeof *w->list, by_name);
}

/* The row that a metric is in: its first word, or, where all have the same, the two first. */
static struct span row_of(const struct writing *w, const struct metric *m)
{
    struct span word = dashboard_word(m);
    if (!w->dashboard->word.text || m->name[word.length] == '\0')
        return word;
    size_t second = strcspn(m->name + word.length + 1, ".");
    bool has_third = m->name[word.length + 1 + second] != '\0';
    return has_third ? (struct span){ m->name, word.length + 1 + second } : word;
}

/* --- panels ----------------------------------------------------------------------------------- */

static const char *datasource_type(const struct writing *w)
{
    return w->queries->datasource == DATASOURCE_GRAPHITE ? "graphite" : "prometheus";
}

static void put_datasource(struct writing *w)
{
    json_open(&w->json, "datasource", '{');
    json_string(&w->json, "type", datasource_type(w));
    json_string(&w->json, "uid", "${datasource}");
    json_close(&w->json, '}');
}

static void put_position(struct writing *w, int width, int height)
{
    json_number(&w->json, "id", ++w->id);
    json_open(&w->json, "gridPos", '{');
    json_number(&w->json, "h", height);
    json_number(&w->json, "w", width);
    json_number(&w->json, "x", w->column * WIDTH);
    json_number(&w->json, "y", w->y);
    json_close(&w->json, '}');
}

static void put_target(void *self, struct span query, struct span legend)
{
    struct writing *w = self;
    struct json *j = &w->json;
    char id[] = { (char)('A' + w->targets % 26), (char)(w->targets < 26 ? '\0' : 'A' + w->targets / 26), '\0' };
    w->targets++;
    json_open(j, NULL, '{');
    json_string(j, "refId", id);
    put_datasource(w);
    if (w->queries->datasource == DATASOURCE_GRAPHITE) {
        json_span(j, "target", query);
    } else {
        json_span(j, "expr", query);
        json_span(j, "legendFormat", legend);
        json_bool(j, "range", true);
    }
    json_close(j, '}');
}

static void begin_panel(struct writing *w, const char *title, const char *unit, const char *description)
{
    struct json *j = &w->json;
    json_open(j, NULL, '{');
    json_string(j, "type", "timeseries");
    json_string(j, "title", title);
    json_string(j, "description", description);
    put_position(w, WIDTH, HEIGHT);
    put_datasource(w);
    json_open(j, "fieldConfig", '{');
    json_open(j, "defaults", '{');
    json_string(j, "unit", unit);
    json_close(j, '}');
    json_open(j, "overrides", '[');
    json_close(j, ']');
    json_close(j, '}');
    json_open(j, "options", '{');
    json_open(j, "legend", '{');
    json_string(j, "displayMode", "list");
    json_string(j, "placement", "bottom");
    json_bool(j, "showLegend", true);
    json_open(j, "calcs", '[');
    json_close(j, ']');
    json_close(j, '}');
    json_open(j, "tooltip", '{');
    json_string(j, "mode", "multi");
    json_string(j, "sort", "desc");
    json_close(j, '}');
    json_close(j, '}');
    json_open(j, "targets", '[');
    w->targets = 0;
}

static void end_panel(struct writing *w)
{
    json_close(&w->json, ']');
    json_close(&w->json, '}');
    w->column = !w->column;
    w->y += w->column ? 0 : HEIGHT;
}

static void put_panel(struct writing *w, const struct metric *m)
{
    static const char *const words[AGGREGATE_TYPES] = { [AGGREGATE_COUNTER] = "counter, per second",
                                                        [AGGREGATE_TIMER] = "timer",
                                                        [AGGREGATE_GAUGE] = "gauge",
                                                        [AGGREGATE_SET] = "set: distinct members",
                                                        [AGGREGATE_OWN] = "self-metric" };
    begin_panel(w, m->name, queries_unit(w->queries, m), words[m->type]);
    queries_of(w->queries, m, put_target, w);
    end_panel(w);
}

static void new_line(struct writing *w)
{
    w->y += w->column ? HEIGHT : 0;
    w->column = 0;
}

/* A row that is open has its panels after it, one that is collapsed in it. */
static void begin_row(struct writing *w, struct span title, bool is_collapsed)
{
    struct json *j = &w->json;
    new_line(w);
    json_open(j, NULL, '{');
    json_string(j, "type", "row");
    json_span(j, "title", title);
    put_position(w, 2 * WIDTH, 1);
    json_bool(j, "collapsed", is_collapsed);
    json_open(j, "panels", '[');
    w->y++;
}

static void end_row(struct writing *w)
{
    json_close(&w->json, ']');
    json_close(&w->json, '}');
    new_line(w);
}

static void put_rows(struct writing *w)
{
    for (size_t i = 0; i < w->panel_count;) {
        struct span row = row_of(w, w->list[i]);
        bool is_first = i == 0;
        begin_row(w, row, !is_first);
        if (is_first)
            end_row(w);
        for (; i < w->panel_count && span_equal(row_of(w, w->list[i]), row); i++)
            put_panel(w, w->list[i]);
        if (!is_first)
            end_row(w);
    }
}

/* --- the rest, behind a variable -------------------------------------------------------------- */

/* The first query of a metric is the value of the variable `metric`. */
struct option {
    struct text *to;
    const char *name;
    bool has_one;
};

/* In a custom variable, a comma and a backslash have a backslash before them. */
static void put_option_text(struct text *t, struct span from)
{
    for (size_t i = 0; i < from.length; i++) {
        if (from.text[i] == ',' || from.text[i] == '\\')
            text_put_byte(t, '\\');
        text_put_byte(t, from.text[i]);
    }
}

static void put_option(void *self, struct span query, struct span legend)
{
    struct option *o = self;
    (void)legend;
    if (o->has_one)
        return;
    o->has_one = true;
    if (o->to->length)
        text_put_byte(o->to, ',');
    put_option_text(o->to, (struct span){ o->name, strlen(o->name) });
    text_put_string(o->to, " : ");
    put_option_text(o->to, query);
}

static void put_rest_panel(struct writing *w)
{
    const struct span query = SPAN("${metric:raw}");
    if (w->count == w->panel_count)
        return;
    begin_row(w, SPAN("others"), true);
    begin_panel(w, "${metric:text}", "short", "the metric that is chosen above");
    put_target(w, query, SPAN("__auto"));
    end_panel(w);
    end_row(w);
}

static void put_rest_variable(struct writing *w)
{
    struct json *j = &w->json;
    struct text options = { NULL, 0, 0 };
    if (w->count == w->panel_count)
        return;
    for (size_t i = w->panel_count; i < w->count; i++) {
        struct option o = { &options, w->list[i]->name, false };
        queries_of(w->queries, w->list[i], put_option, &o);
    }
    json_open(j, NULL, '{');
    json_string(j, "name", "metric");
    json_string(j, "label", "other metric");
    json_string(j, "type", "custom");
    json_span(j, "query", text_span(&options));
    json_bool(j, "multi", false);
    json_bool(j, "includeAll", false);
    json_close(j, '}');
    free(options.bytes);
}

/* --- variables -------------------------------------------------------------------------------- */

static void put_tag_variable(struct writing *w, const char *tag)
{
    struct json *j = &w->json;
    struct text name = { NULL, 0, 0 }, query = { NULL, 0, 0 };
    queries_put_variable(&name, tag);
    text_put_string(&query, w->queries->datasource == DATASOURCE_GRAPHITE ? "tag_values(" : "label_values(");
    text_put_string(&query, w->queries->datasource == DATASOURCE_GRAPHITE ? tag : "");
    if (w->queries->datasource == DATASOURCE_PROMETHEUS)
        text_put(&query, text_span(&name));
    text_put_byte(&query, ')');
    json_open(j, NULL, '{');
    json_span(j, "name", text_span(&name));
    json_string(j, "label", tag);
    json_string(j, "type", "query");
    put_datasource(w);
    json_span(j, "query", text_span(&query));
    json_bool(j, "multi", true);
    json_bool(j, "includeAll", true);
    json_string(j, "allValue", ".*");
    json_open(j, "current", '{');
    json_string(j, "text", "All");
    json_string(j, "value", "$__all");
    json_close(j, '}');
    json_number(j, "refresh", 2);
    json_number(j, "sort", 1);
    json_close(j, '}');
    free(name.bytes);
    free(query.bytes);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every tag of a metric that is shown, in byte order. */
static void put_tag_variables(struct writing *w)
{
    const char **tags = NULL;
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct metric_words *words = &w->list[i]->tags;
        tags = xreallocarray(tags, count + words->count + 1, sizeof *tags);
        for (size_t n = 0; n < words->count; n++)
            tags[count++] = words->list[n];
    }
    if (count)
        qsort(tags, count, sizeof *tags, by_text);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(tags[i], tags[i - 1]) != 0)
            put_tag_variable(w, tags[i]);
    free(tags);
}

static void put_variables(struct writing *w)
{
    struct json *j = &w->json;
    json_open(j, "templating", '{');
    json_open(j, "list", '[');
    json_open(j, NULL, '{');
    json_string(j, "name", "datasource");
    json_string(j, "label", "data source");
    json_string(j, "type", "datasource");
    json_string(j, "query", datasource_type(w));
    json_close(j, '}');
    put_tag_variables(w);
    put_rest_variable(w);
    json_close(j, ']');
    json_close(j, '}');
}

/* --- the whole -------------------------------------------------------------------------------- */

uint64_t dashboard_id(struct span word, const struct queries *q)
{
    static const struct hash_seed seed = { { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb,
                                             0xd6e8feb86659fd93 } };
    return hash_bytes(&seed, word.text, word.length, (unsigned)q->datasource);
}

static void put_uid(struct writing *w, struct span word)
{
    char uid[40];
    snprintf(uid, sizeof uid, "statsd-%016llx", (unsigned long long)dashboard_id(word, w->queries));
    json_string(&w->json, "uid", uid);
}

void dashboard_write(struct text *t, const struct dashboard *d, const struct metrics *m, const struct queries *q)
{
    struct writing w = { .dashboard = d, .queries = q, .json = { .to = t } };
    struct span title = d->word.text ? d->word : SPAN("StatsD");
    struct json *j = &w.json;
    choose(&w, m);
    json_open(j, NULL, '{');
    put_uid(&w, title);
    json_span(j, "title", title);
    json_open(j, "tags", '[');
    json_string(j, NULL, "statsd");
    json_close(j, ']');
    json_number(j, "schemaVersion", SCHEMA_VERSION);
    json_bool(j, "editable", true);
    json_string(j, "refresh", "10s");
    json_open(j, "time", '{');
    json_string(j, "from", "now-1h");
    json_string(j, "to", "now");
    json_close(j, '}');
    put_variables(&w);
    json_open(j, "panels", '[');
    put_rows(&w);
    put_rest_panel(&w);
    json_close(j, ']');
    json_close(j, '}');
    text_put_byte(t, '\n');
    free(w.list);
}
