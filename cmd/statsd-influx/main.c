/* statsd-influx: aggregates → InfluxDB's line protocol, over HTTP. */
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "base/die.h"
#include "format/populations.h"
#include "protocol.h"
#include "sink/http.h"
#include "sink/sink.h"

enum { OPTION_MEASUREMENT = OPT_LONG };

static const struct opt_row rows[] = {
    OPT_HEADING("Names"),
    { OPTION_MEASUREMENT, "measurement", "NAME", "one measurement; names become the tag name", NULL },
    FILTER_ROW_SELF_PREFIX,
    OPT_HEADING("Output"),
    FILTER_ROW_NO_SELF,
    SINK_ROW_DRY_RUN,
    OPT_HEADING("HTTP"),
    HTTP_ROWS,
    SINK_ROWS,
};

static const struct opt_program program = {
    .summary = "Send aggregates from standard input to InfluxDB, VictoriaMetrics or Telegraf.",
    .rows = rows,
    .operands = "[url]",
    .examples = "  statsd-recv | statsd-agg | statsd-influx 'http://localhost:8086/write?db=statsd'\n"
                "  statsd-agg --once day.tsv | statsd-influx --dry-run\n",
};

struct config {
    struct http_command command;
    const char *measurement;
};

static bool take_option(void *self, int id, const struct opt *o)
{
    struct config *c = self;
    switch (id) {
    case OPTION_MEASUREMENT:
        if (!*o->value)
            opt_fail(o, "expected a name");
        c->measurement = o->value;
        break;
    default: return false;
    }
    return true;
}

/* The times of lines are in nanoseconds. */
static void check_precision(const struct opt *o, const char *url)
{
    const char *precision = strstr(url, "precision=");
    if (!precision || (precision[-1] != '?' && precision[-1] != '&'))
        return;
    precision += strlen("precision=");
    size_t length = strcspn(precision, "&#");
    static const char *const allowed[] = { "ns", "n", "nanosecond", "auto" };
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (strlen(allowed[i]) == length && strncmp(precision, allowed[i], length) == 0)
            return;
    opt_misuse(o, "bad URL: its precision is %s: expected ns, or none", quote(precision, length).text);
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = { .command = { .sink = sink_defaults() }, .measurement = "" };
    struct opt o;
    opt_begin(&o, &program, argc, argv);
    http_command_read(&c.command, &o, take_option, &c, "http://localhost:8086/write?db=statsd");
    if (c.command.url)
        check_precision(&o, c.command.url);
    return c;
}

struct influx {
    const struct config *config;
    struct sink sink;
    struct populations populations;
    struct protocol protocol;
    struct http http;
};

static void write_point(void *self, const struct point *p)
{
    struct influx *x = self;
    char *room = sink_room(&x->sink, protocol_size(&x->protocol, p));
    sink_added(&x->sink, (size_t)(protocol_write(&x->protocol, room, p) - room));
}

static bool take_point(void *self, struct sink *s, const struct point *p, struct rows_refusal *refused)
{
    struct influx *x = self;
    (void)s;
    (void)refused;
    populations_owner.point(&x->populations, p);
    if (x->populations.lacks_mean)
        die_usage(x->config->command.usage,
                  "timers have a count and a sum but no mean: add mean to --stats of statsd-agg");
    return true;
}

static void end_interval(void *self, struct sink *s, bool tells)
{
    struct influx *x = self;
    (void)s;
    (void)tells;
    populations_owner.end(&x->populations, 0);
}

static void judge(void *self, const struct http_answer *a, const struct batch *b, struct http_judgement *j)
{
    (void)self;
    (void)b;
    j->verdict = answers_verdict(a);
}

static enum exit_code run(const struct config *c)
{
    static const struct points_owner owner = { .point = write_point };
    static const struct sink_format format = {
        .figures = "influx.",
        .point_lines = 1,
        .point = take_point,
        .interval = end_interval,
    };
    static const char *const headers[] = { "Content-Type: text/plain; charset=utf-8", NULL };
    static const struct http_format http_format = { .headers = headers, .judge = judge };
    static struct influx x;
    x.config = c;
    populations_init(&x.populations, &owner, &x);
    protocol_init(&x.protocol, (struct span){ c->measurement, strlen(c->measurement) });
    http_init(&x.http, c->command.url ? c->command.url : "http://localhost/", &c->command.http, &http_format, &x);
    enum exit_code code = sink_run(&x.sink, &c->command.sink, &format, &x, &x.http.transport);
    populations_free(&x.populations);
    protocol_free(&x.protocol);
    return code;
}

int main(int argc, char **argv)
{
    die_init("statsd-influx");
    struct config config = parse_args(argc, argv);
    enum exit_code code = run(&config);
    http_options_free(&config.command.http);
    return (int)code;
}
