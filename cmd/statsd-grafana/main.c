/* statsd-grafana: aggregates → Grafana dashboards. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "dashboard.h"
#include "filter/filter.h"
#include "filter/points_input.h"
#include "filter/replace.h"
#include "memory.h"

enum {
    OPTION_DATASOURCE = OPT_LONG,
    OPTION_DIR,
    OPTION_PANELS,
    OPTION_LEGACY,
    OPTION_PREFIX,
    OPTION_PREFIX_COUNTER,
    OPTION_PREFIX_TIMER,
    OPTION_PREFIX_GAUGE,
    OPTION_PREFIX_SET,
    OPTION_SUFFIX,
    OPTION_SECONDS,
};

static const struct opt_row rows[] = {
    OPT_HEADING("Output"),
    { OPTION_DATASOURCE, "datasource", "WORD", "`graphite' or `prometheus' (graphite)", "graphite prometheus" },
    { OPTION_DIR, "dir", "DIR", "a dashboard a first word, into DIR", OPT_FILES },
    { OPTION_PANELS, "panels", "N", "at most N panels a dashboard (100)", NULL },
    OPT_HEADING("Names in Graphite, as statsd-carbon has them"),
    { OPTION_LEGACY, "legacy", NULL, "statsd's legacy names (stats_counts.*)", NULL },
    { OPTION_PREFIX, "prefix", "NAME", "first component of every path (stats)", NULL },
    { OPTION_PREFIX_COUNTER, "prefix-counter", "NAME", "second component of counters (counters)", NULL },
    { OPTION_PREFIX_TIMER, "prefix-timer", "NAME", "second component of timers (timers)", NULL },
    { OPTION_PREFIX_GAUGE, "prefix-gauge", "NAME", "second component of gauges (gauges)", NULL },
    { OPTION_PREFIX_SET, "prefix-set", "NAME", "second component of sets (sets)", NULL },
    { OPTION_SUFFIX, "suffix", "NAME", "last component of every path", NULL },
    OPT_HEADING("Names in Prometheus, as statsd-prometheus has them"),
    { OPTION_SECONDS, "seconds", "GLOB...", "timers whose names match, in seconds", NULL },
    OPT_HEADING("Self-metrics"),
    FILTER_ROW_NO_SELF,
    OPT_HEADING("Input"),
    FILTER_ROWS_LINES,
    FILTER_ROW_DRAIN,
    OPT_HEADING("General"),
    OPT_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Read aggregates from files or standard input and write Grafana dashboards of them.",
    .rows = rows,
    .operands = "[file ...]",
    .operand_completions = OPT_FILES,
    .examples = "  statsd-agg --once day.tsv | statsd-grafana > dashboard.json\n"
                "  tee >(statsd-carbon graphite) < rows | statsd-grafana --dir dashboards\n",
};

struct config {
    struct filter_options filter;
    struct path_words words;
    enum datasource datasource;
    const char *dir;
    size_t panels;
    const char **seconds;
    size_t seconds_count;
    char **files;
};

static bool take_option(void *self, int id, const struct opt *o)
{
    struct config *c = self;
    enum { PANELS_MOST = 10000 };
    switch (id) {
    case OPTION_DATASOURCE: c->datasource = (enum datasource)opt_choice(o); break;
    case OPTION_DIR: c->dir = o->value; break;
    case OPTION_PANELS: c->panels = opt_uint(o, 1, PANELS_MOST); break;
    case OPTION_LEGACY: c->words.legacy = true; break;
    case OPTION_PREFIX: c->words.prefix = o->value; break;
    case OPTION_PREFIX_COUNTER: c->words.counter = o->value; break;
    case OPTION_PREFIX_TIMER: c->words.timer = o->value; break;
    case OPTION_PREFIX_GAUGE: c->words.gauge = o->value; break;
    case OPTION_PREFIX_SET: c->words.set = o->value; break;
    case OPTION_SUFFIX: c->words.suffix = o->value; break;
    case OPTION_SECONDS: c->seconds[c->seconds_count++] = o->value; break;
    default: return false;
    }
    return true;
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = {
        .filter = filter_defaults,
        .words = { false, "stats", "counters", "timers", "gauges", "sets", "", NULL },
        .panels = 100,
        .seconds = xcalloc((size_t)argc + 1, sizeof *c.seconds),
    };
    struct opt o;
    opt_begin(&o, &program, argc, argv);
    filter_options_read(&c.filter, &o, take_option, &c);
    c.files = opt_files(&o);
    return c;
}

struct flow {
    const struct config *config;
    struct filter filter;
    struct points_input input;
    struct metrics metrics;
    struct queries queries;
    struct complaint unwritten;
    uint64_t written; /* the changes that the files have */
};

/* --- output ----------------------------------------------------------------------------------- */

/* Bytes that may be in a file's name stay, each other one becomes `_`. The names of such words end
 * with a number of their own, so that no two have one file. */
static void put_file_name(struct text *t, const char *dir, struct span word, uint64_t id)
{
    bool is_whole = word.length > 0;
    text_put_string(t, dir);
    text_put_byte(t, '/');
    for (size_t i = 0; i < word.length; i++) {
        char c = word.text[i];
        bool is_fit =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        is_whole = is_whole && is_fit;
        text_put_byte(t, is_fit ? c : '_');
    }
    char number[24];
    snprintf(number, sizeof number, "-%016llx", (unsigned long long)id);
    text_put_string(t, is_whole ? "" : number);
    text_put_string(t, ".json");
    text_put_byte(t, '\0');
}

static void replace(struct flow *f, const char *path, const struct text *text)
{
    if (replace_file(path, text_span(text)))
        return;
    complain(&f->unwritten, "write %s.new: %s", path, strerror(errno));
    f->filter.failed = true;
}

static void write_file(struct flow *f, struct span word)
{
    struct text path = { NULL, 0, 0 }, text = { NULL, 0, 0 };
    const struct dashboard d = { word, f->config->panels };
    put_file_name(&path, f->config->dir, word, dashboard_id(word, &f->queries));
    dashboard_write(&text, &d, &f->metrics, &f->queries);
    replace(f, path.bytes, &text);
    free(path.bytes);
    free(text.bytes);
}

/* The path of the file of memory.h; the caller frees it. */
static char *memory_path(const char *dir)
{
    struct text path = { NULL, 0, 0 };
    text_put_string(&path, dir);
    text_put_string(&path, "/" MEMORY_NAME);
    text_put_byte(&path, '\0');
    return path.bytes;
}

static void write_memory(struct flow *f)
{
    struct text text = { NULL, 0, 0 };
    char *path = memory_path(f->config->dir);
    memory_write(&text, &f->metrics);
    replace(f, path, &text);
    free(path);
    free(text.bytes);
}

static void read_memory(struct flow *f)
{
    char *path = memory_path(f->config->dir);
    f->filter.failed |= !memory_load(&f->metrics, path, &f->input.bad);
    free(path);
}

static bool is_first_of_word(const struct metrics *m, const struct metric *metric)
{
    for (const struct metric *before = m->first; before != metric; before = before->next)
        if (span_equal(dashboard_word(before), dashboard_word(metric)))
            return false;
    return true;
}

static void write_files(struct flow *f)
{
    if (!f->config->dir || f->written == f->metrics.changes)
        return;
    f->written = f->metrics.changes;
    for (const struct metric *m = f->metrics.first; m; m = m->next)
        if (is_first_of_word(&f->metrics, m))
            write_file(f, dashboard_word(m));
    write_memory(f);
}

static void print_all(struct flow *f)
{
    struct text text = { NULL, 0, 0 };
    const struct dashboard d = { { NULL, 0 }, f->config->panels };
    dashboard_write(&text, &d, &f->metrics, &f->queries);
    out_put(&f->filter.out, text.bytes, text.length);
    free(text.bytes);
}

/* --- input ------------------------------------------------------------------------------------ */

static enum filter_next take(void *self, struct lines *in)
{
    struct flow *f = self;
    for (;;) {
        enum lines_status status = points_input_next(&f->input, in, f->filter.where);
        if (status >= LINES_MORE)
            return status == LINES_MORE ? FILTER_MORE : FILTER_END;
        if (bad_rows_end_run(&f->input.bad)) {
            f->filter.failed = true;
            return FILTER_STOP;
        }
    }
}

static void pause_input(void *self)
{
    struct flow *f = self;
    if (!f->input.points.rows.is_open)
        write_files(f);
}

static void quiet(void *self)
{
    struct flow *f = self;
    if (points_input_end_quiet(&f->input))
        write_files(f);
}

static void end(void *self)
{
    struct flow *f = self;
    points_end(&f->input.points);
    write_files(f);
    if (!f->config->dir)
        print_all(f);
}

static void status(void *self)
{
    const struct flow *f = self;
    say("%llu lines, %zu metrics, %llu bad, %llu unknown", (unsigned long long)f->input.lines, f->metrics.count,
        (unsigned long long)f->input.bad.refusals.complaint.total, (unsigned long long)f->input.bad.unknown.total);
}

static void summarise(void *self)
{
    struct flow *f = self;
    bad_rows_summarise(&f->input.bad);
    complaint_summary(&f->unwritten);
    if (die_verbosity() > 0)
        status(f);
}

static void left(void *self, char *text)
{
    const struct flow *f = self;
    if (!f->config->dir && f->metrics.count)
        snprintf(text, FILTER_LEFT_MAX, "a dashboard of %zu metrics", f->metrics.count);
}

int main(int argc, char **argv)
{
    static const struct filter_calls calls = { .take = take,
                                               .pause = pause_input,
                                               .quiet = quiet,
                                               .end = end,
                                               .status = status,
                                               .summarise = summarise,
                                               .left = left };
    die_init("statsd-grafana");
    struct config c = parse_args(argc, argv);
    struct flow f = { .config = &c,
                      .queries = { .datasource = c.datasource, .seconds = c.seconds },
                      .unwritten = { .what = "dashboards not written" } };
    filter_begin(&f.filter, &c.filter, c.dir ? FILTER_NO_OUT : OUT_BLOCKING);
    paths_init(&f.queries.paths, &c.words);
    metrics_init(&f.metrics, c.filter.no_self, f.queries.datasource == DATASOURCE_GRAPHITE);
    points_input_init(&f.input, &f.filter, &metrics_owner, &f.metrics);
    if (c.dir)
        read_memory(&f);
    enum exit_code code = filter_run(&f.filter, c.files, &calls, &f);
    points_input_free(&f.input);
    metrics_free(&f.metrics);
    paths_free(&f.queries.paths);
    free(c.seconds);
    return (int)code;
}
