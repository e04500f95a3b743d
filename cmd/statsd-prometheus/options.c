#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "filter/opt.h"
#include "format/prometheus.h"

enum { OPTION_LISTEN = OPT_LONG, OPTION_TEXTFILE, OPTION_SECONDS, OPTION_STATE, OPTION_TTL };

#define DEFAULT_PLACE "9102"

static const struct opt_row rows[] = {
    OPT_HEADING("Output"),
    { OPTION_LISTEN, "listen", "PLACE", "serve /metrics here (127.0.0.1:" DEFAULT_PLACE ")", NULL },
    { OPTION_TEXTFILE, "textfile", "FILE", "write FILE at each interval instead", OPT_FILES },
    { 'n', "dry-run", NULL, "print the history as OpenMetrics at the end", NULL },
    OPT_HEADING("Names"),
    { OPTION_SECONDS, "seconds", "GLOB...", "timers whose names match, in seconds", NULL },
    FILTER_ROW_SELF_PREFIX,
    FILTER_ROW_NO_SELF,
    OPT_HEADING("Metrics"),
    { OPTION_STATE, "state", "FILE", "keep the totals in FILE over a restart", OPT_FILES },
    { OPTION_TTL, "ttl", "DURATION", "drop gauges and percentiles without news (5m)", NULL },
    FILTER_ROW_MAX_SERIES,
    OPT_HEADING("Input"),
    FILTER_ROWS_LINES,
    FILTER_ROW_DRAIN,
    FILTER_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Read aggregates from files or standard input and serve them to Prometheus.",
    .rows = rows,
    .operands = "[file ...]",
    .operand_completions = OPT_FILES,
    .examples = "  statsd-recv | statsd-agg | statsd-prometheus --state totals.tsv\n"
                "  statsd-agg -e day.tsv | statsd-prometheus -n > day.om\n",
};

static void take_place(struct config *c, const struct opt *o, const char *text)
{
    c->listens = true;
    if (!net_parse_place(NET_TCP, text, &c->place))
        opt_fail(o, "bad address %s: expected %s", quote(text, strlen(text)).text, net_place_expected(NET_TCP));
}

static bool take_option(void *self, int id, const struct opt *o)
{
    struct config *c = self;
    enum { YEAR = 366 * 24 * 3600 };
    switch (id) {
    case OPTION_LISTEN: take_place(c, o, o->value); break;
    case OPTION_TEXTFILE: c->textfile = o->value; break;
    case OPTION_SECONDS: c->seconds[c->seconds_count++] = o->value; break;
    case OPTION_STATE: c->state = o->value; break;
    case OPTION_TTL: c->registry.ttl = opt_duration(o, 1, (int64_t)YEAR * 1000); break;
    case 'n': c->dry_run = true; break;
    default: return false;
    }
    return true;
}

/* What one option leaves for another to decide. */
static void resolve(struct config *c, const struct opt *o)
{
    const char *prefix = c->filter.self_prefix ? c->filter.self_prefix : FILTER_SELF_PREFIX;
    if (!c->listens && !c->textfile)
        take_place(c, o, DEFAULT_PLACE);
    c->listens &= !c->dry_run;
    prometheus_put_metric(&c->reserved, (struct span){ prefix, strlen(prefix) });
    text_put_string(&c->reserved, "_prometheus_");
    if (!c->filter.no_self && !c->dry_run)
        c->registry.reserved = text_span(&c->reserved);
    c->registry.max_series = c->filter.max_series;
    c->registry.seconds = c->seconds;
    c->registry.keeps_all = c->dry_run;
}

struct config options_parse(int argc, char **argv)
{
    struct config c = { .filter = filter_defaults, .registry = { .ttl = 5 * 60 * 1000 } };
    struct opt o;
    c.seconds = xcalloc((size_t)argc + 1, sizeof *c.seconds);
    opt_begin(&o, &program, argc, argv);
    filter_options_read(&c.filter, &o, take_option, &c);
    c.files = opt_files(&o);
    resolve(&c, &o);
    return c;
}
