/* statsd-carbon: aggregates → Graphite's Carbon. */
#include <string.h>

#include "base/die.h"
#include "lines.h"
#include "net/target.h"
#include "format/graphite.h"
#include "sink/options.h"
#include "sink/sink.h"
#include "sink/tcp.h"

enum { SETTLE_MAX = 3600 * 1000 /* ms */ };

enum {
    OPTION_LEGACY = OPT_LONG,
    OPTION_PREFIX,
    OPTION_PREFIX_COUNTER,
    OPTION_PREFIX_TIMER,
    OPTION_PREFIX_GAUGE,
    OPTION_PREFIX_SET,
    OPTION_SUFFIX,
    OPTION_NO_COUNTS,
    OPTION_KEEP_OPEN,
    OPTION_SETTLE,
};

static const struct opt_row rows[] = {
    OPT_HEADING("Names"),
    { OPTION_LEGACY, "legacy", NULL, "statsd's legacy names (stats_counts.*)", NULL },
    { OPTION_PREFIX, "prefix", "NAME", "first component of every path (stats)", NULL },
    { OPTION_PREFIX_COUNTER, "prefix-counter", "NAME", "second component of counters (counters)", NULL },
    { OPTION_PREFIX_TIMER, "prefix-timer", "NAME", "second component of timers (timers)", NULL },
    { OPTION_PREFIX_GAUGE, "prefix-gauge", "NAME", "second component of gauges (gauges)", NULL },
    { OPTION_PREFIX_SET, "prefix-set", "NAME", "second component of sets (sets)", NULL },
    { OPTION_SUFFIX, "suffix", "NAME", "last component of every path", NULL },
    FILTER_ROW_SELF_PREFIX,
    OPT_HEADING("Output"),
    FILTER_ROW_NO_SELF,
    { OPTION_NO_COUNTS, "no-counts", NULL, "send no counts of counters, only their rates", NULL },
    SINK_ROW_DRY_RUN,
    OPT_HEADING("Connections"),
    { OPTION_KEEP_OPEN, "keep-open", NULL, "use one connection; for servers that don't close it", NULL },
    { OPTION_SETTLE, "settle", "DURATION", "keep each connection open this long; for proxies (0)", NULL },
    SINK_ROWS,
};

static const struct opt_program program = {
    .summary = "Send aggregates, or Graphite plaintext, from standard input to Carbon.",
    .rows = rows,
    .operands = "[host[:port] ...]",
    .operand_completions = OPT_HOSTS,
    .examples = "  statsd-recv | statsd-agg -i 10 | statsd-carbon graphite.example.com:2003\n"
                "  echo \"deploys 1 $(date +%s)\" | statsd-carbon --dry-run\n",
};

struct config {
    struct sink_options sink;
    struct net_target places[TCP_PLACES_MAX];
    size_t count;
    struct path_words words;
    bool no_counts, keep_open;
    int64_t settle; /* ms */
};

/* Takes an option that is a word. False when it is none of these. */
static bool take_word(int id, const struct opt *o, struct path_words *words)
{
    switch (id) {
    case OPTION_PREFIX: words->prefix = o->value; return true;
    case OPTION_PREFIX_COUNTER: words->counter = o->value; return true;
    case OPTION_PREFIX_TIMER: words->timer = o->value; return true;
    case OPTION_PREFIX_GAUGE: words->gauge = o->value; return true;
    case OPTION_PREFIX_SET: words->set = o->value; return true;
    case OPTION_SUFFIX: words->suffix = o->value; return true;
    default: return false;
    }
}

static bool take_option(void *self, int id, const struct opt *o)
{
    struct config *c = self;
    switch (id) {
    case OPTION_LEGACY: c->words.legacy = true; break;
    case OPTION_NO_COUNTS: c->no_counts = true; break;
    case OPTION_KEEP_OPEN: c->keep_open = true; break;
    case OPTION_SETTLE: c->settle = opt_duration(o, 0, SETTLE_MAX); break;
    default: return take_word(id, o, &c->words);
    }
    return true;
}

static void take_places(const struct opt *o, char **hosts, int count, struct config *c)
{
    if (count > TCP_PLACES_MAX)
        opt_misuse(o, "too many operands: expected at most %d hosts", TCP_PLACES_MAX);
    for (int i = 0; i < count; i++)
        if (!net_parse_target(hosts[i], CARBON_PORT, &c->places[i]))
            opt_misuse(o, "bad address %s: expected HOST, HOST:PORT or [IPV6]:PORT",
                       quote(hosts[i], strlen(hosts[i])).text);
    c->count = (size_t)count;
}

static struct config parse_args(int argc, char **argv)
{
    static char localhost[] = "127.0.0.1", *usual[] = { localhost, NULL };
    struct config c = {
        .sink = sink_defaults(),
        .words = { false, "stats", "counters", "timers", "gauges", "sets", "", NULL },
    };
    struct opt o;
    int count;
    opt_begin(&o, &program, argc, argv);
    sink_options_read(&c.sink, &o, take_option, &c);
    char **hosts = opt_operands(&o, &count);
    take_places(&o, count ? hosts : usual, count ? count : 1, &c);
    if (c.keep_open && c.sink.done_fd >= 0)
        opt_misuse(&o, "--keep-open and --done-fd: no interval would be known to be delivered before the end");
    c.words.self = c.sink.filter.self_prefix;
    return c;
}

int main(int argc, char **argv)
{
    die_init("statsd-carbon");
    const struct config c = parse_args(argc, argv);
    const struct tcp_options options = { c.places, c.count, c.keep_open, c.settle };
    struct paths paths;
    struct tcp tcp;
    struct sink sink;
    paths_init(&paths, &c.words);
    tcp_init(&tcp, &options);
    struct carbon_lines lines = { .paths = &paths, .no_counts = c.no_counts };
    enum exit_code code = sink_run(&sink, &c.sink, &carbon_format, &lines, &tcp.transport);
    paths_free(&paths);
    return (int)code;
}
