/* statsd-carbon: aggregates → Graphite's Carbon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "filter/filter.h"
#include "net/target.h"
#include "format/graphite.h"
#include "sink/connection.h"
#include "sink/figures.h"
#include "sink/queue.h"
#include "translate.h"

enum {
    OPTION_LEGACY = OPT_LONG,
    OPTION_PREFIX,
    OPTION_PREFIX_COUNTER,
    OPTION_PREFIX_TIMER,
    OPTION_PREFIX_GAUGE,
    OPTION_PREFIX_SET,
    OPTION_SUFFIX,
    OPTION_NO_COUNTS,
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
    { 'n', "dry-run", NULL, "print what would be sent, send nothing", NULL },
    OPT_HEADING("Delivery"),
    FILTER_ROW_BUFFER,
    FILTER_ROW_DRAIN,
    OPT_HEADING("Input"),
    FILTER_ROW_MAX_LINE,
    FILTER_ROW_STRICT,
    FILTER_ROW_REJECTS,
    FILTER_ROW_REJECTS_MAX,
    OPT_HEADING("General"),
    FILTER_ROW_READY_FD,
    OPT_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Send aggregates, or Graphite plaintext, from standard input to Carbon.",
    .rows = rows,
    .operands = "[host[:port]]",
    .operand_completions = OPT_HOSTS,
    .examples = "  statsd-recv | statsd-agg -i 10 | statsd-carbon graphite.example.com:2003\n"
                "  echo \"deploys 1 $(date +%s)\" | statsd-carbon --dry-run\n",
};

struct config {
    struct filter_options filter;
    struct net_target target;
    struct path_words words;
    bool no_counts, dry_run;
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

static void take_option(int id, const struct opt *o, struct config *c)
{
    switch (id) {
    case OPTION_LEGACY: c->words.legacy = true; break;
    case OPTION_NO_COUNTS: c->no_counts = true; break;
    case 'n': c->dry_run = true; break;
    default:
        if (!filter_options_take(&c->filter, id, o))
            take_word(id, o, &c->words);
    }
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = {
        .filter = filter_defaults,
        .words = { false, "stats", "counters", "timers", "gauges", "sets", "", NULL },
    };
    struct opt o;
    int id, count;
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        take_option(id, &o, &c);
    char **operands = opt_operands(&o, &count);
    if (count > 1)
        opt_misuse(&o, "too many operands: expected one host");
    const char *host = count ? operands[0] : "127.0.0.1";
    if (!net_parse_target(host, CARBON_PORT, &c.target))
        opt_misuse(&o, "bad address %s: expected HOST, HOST:PORT or [IPV6]:PORT", quote(host, strlen(host)).text);
    c.words.self = c.filter.self_prefix;
    return c;
}

enum { DRAIN_AFTER_EOF = 2000 };

struct carbon {
    const struct config *config;
    struct filter filter;
    struct paths paths;
    struct queue queue;
    struct figures figures;
    struct translate_options options;
    struct translator translator;
    struct connection connection;
    int64_t ended; /* monotonic ms: when reading ended; 0: it has not */
};

/* What is only looked at need not wait for the end of its interval. */
static void print(struct carbon *k)
{
    queue_commit(&k->queue);
    struct span ready = queue_ready(&k->queue);
    out_put(&k->filter.out, ready.text, ready.length);
    queue_sent(&k->queue, ready.length, 0);
}

/* Takes the rows that can be taken in one stretch, before lines_next has looked for the end of the
 * first. */
static void take_rows(struct carbon *k, struct lines *in)
{
    uint64_t number = in->number;
    if (in->dropping)
        return;
    const char *from = lines_begin(in), *next = translate_rows(&k->translator, from, lines_end(in), &number);
    if (next != from)
        lines_pass(in, next, number - in->number);
}

static bool take_line(struct carbon *k, const struct line *line, enum lines_status status, uint64_t number)
{
    const struct rows_line row = { { line->text, line->length }, line->torn, status == LINES_TOO_LONG };
    return translate_line(&k->translator, &row, number);
}

static enum filter_next take_lines(struct carbon *k, struct lines *in)
{
    struct line line;
    for (;;) {
        take_rows(k, in);
        enum lines_status status = lines_next(in, &line);
        if (status >= LINES_MORE)
            return status == LINES_MORE ? FILTER_MORE : FILTER_END;
        if (take_line(k, &line, status, in->number) || !k->config->filter.strict)
            continue;
        k->filter.failed = true;
        return FILTER_STOP;
    }
}

static enum filter_next take(void *self, struct lines *in)
{
    struct carbon *k = self;
    enum filter_next next = take_lines(k, in);
    if (k->config->dry_run)
        print(k);
    return next;
}

static void pause_input(void *self)
{
    struct carbon *k = self;
    translate_pause(&k->translator);
}

static void quiet(void *self)
{
    struct carbon *k = self;
    translate_flush(&k->translator);
}

static int64_t watch(void *self, struct pollfd *p)
{
    struct carbon *k = self;
    return connection_prepare(&k->connection, &k->queue, k->filter.now, p);
}

static void step(void *self, short revents)
{
    struct carbon *k = self;
    connection_step(&k->connection, &k->queue, revents, k->filter.now);
    k->figures.last_exception = k->connection.last_failure;
    if (!queue_ready(&k->queue).length)
        figures_end(&k->figures, &k->queue, k->filter.now);
}

static void status(void *self)
{
    const struct carbon *k = self;
    const struct queue *q = &k->queue;
    say("%s %s: %llu lines, %llu sent, %llu waiting (%zu bytes), %llu dropped, %llu bad, %llu unknown",
        k->config->dry_run ? "stdout" : k->config->target.text,
        k->config->dry_run ? "dry run" : connection_state_text(&k->connection), (unsigned long long)k->translator.lines,
        (unsigned long long)q->delivered, (unsigned long long)queue_lines(q), q->end - q->start,
        (unsigned long long)q->dropped, (unsigned long long)k->translator.bad.complaint.total,
        (unsigned long long)k->translator.unknown.complaint.total);
}

/* When to give up delivering. Without a signal a Carbon that takes lines, however slowly, is waited
 * for. */
static int64_t give_up(const struct carbon *k)
{
    int64_t drain = k->config->filter.drain, signalled = k->filter.signalled;
    if (k->filter.is_early)
        return INT64_MIN;
    if (!signalled)
        return (k->connection.progress > k->ended ? k->connection.progress : k->ended) + drain;
    int64_t after_eof = k->ended + (drain < DRAIN_AFTER_EOF ? drain : DRAIN_AFTER_EOF);
    return signalled + drain > after_eof ? signalled + drain : after_eof;
}

/* Delivers what waits, as long as that may take. */
static void deliver(struct carbon *k)
{
    do {
        while (queue_ready(&k->queue).length && k->filter.now < give_up(k))
            filter_turn(&k->filter, give_up(k));
        connection_close(&k->connection, &k->queue, give_up(k), k->filter.signalled ? 0 : k->config->filter.drain);
        k->filter.now = clock_monotonic_ms();
    } while (queue_ready(&k->queue).length && k->filter.now < give_up(k));
}

static void end(void *self)
{
    struct carbon *k = self;
    k->ended = k->filter.now;
    translate_flush(&k->translator);
    connection_hurry(&k->connection, k->filter.now);
    if (k->config->dry_run)
        print(k);
    else
        deliver(k);
}

static uint64_t lost(const struct carbon *k)
{
    return queue_lines(&k->queue) + k->queue.dropped;
}

static void summarise(void *self)
{
    struct carbon *k = self;
    translate_summarize(&k->translator);
    k->filter.failed |= lost(k) > 0;
    if (lost(k))
        say("%llu lines not delivered to %s", (unsigned long long)lost(k), k->config->target.text);
    if (die_verbosity() > 0)
        say("%llu lines, %llu sent, %llu bad, %llu unknown, %llu lost", (unsigned long long)k->translator.lines,
            (unsigned long long)k->queue.delivered, (unsigned long long)k->translator.bad.complaint.total,
            (unsigned long long)k->translator.unknown.complaint.total, (unsigned long long)lost(k));
}

static void left(void *self, char *text)
{
    const struct carbon *k = self;
    if (queue_lines(&k->queue))
        snprintf(text, FILTER_LEFT_MAX, "%llu lines for %s", (unsigned long long)queue_lines(&k->queue),
                 k->config->target.text);
}

static void begin(struct carbon *k, const struct config *c)
{
    bool says_figures = !c->dry_run && !c->filter.no_self;
    filter_begin(&k->filter, &c->filter, c->dry_run ? OUT_BLOCKING : FILTER_NO_OUT);
    paths_init(&k->paths, &c->words);
    queue_init(&k->queue, c->dry_run ? SIZE_MAX : c->filter.buffer);
    figures_init(&k->figures, clock_wall_ms() / 1000);
    k->options = (struct translate_options){ c->filter.no_self, c->no_counts, c->filter.strict, k->filter.rejects,
                                             c->filter.max_line };
    translate_init(&k->translator, &k->options, &k->paths, &k->queue, says_figures ? &k->figures : NULL);
    connection_init(&k->connection, &c->target);
}

static enum exit_code run(const struct config *c)
{
    static const struct filter_calls calls = {
        .take = take,
        .pause = pause_input,
        .quiet = quiet,
        .watch = watch,
        .step = step,
        .end = end,
        .status = status,
        .summarise = summarise,
        .left = left,
        .is_endless = true,
    };
    static char standard_input[] = "-", *files[] = { standard_input, NULL };
    struct carbon k = { .config = c };
    begin(&k, c);
    enum exit_code code = filter_run(&k.filter, files, &calls, &k);
    translate_free(&k.translator);
    connection_free(&k.connection);
    queue_free(&k.queue);
    paths_free(&k.paths);
    return code;
}

int main(int argc, char **argv)
{
    die_init("statsd-carbon");
    struct config config = parse_args(argc, argv);
    srandom((unsigned)clock_monotonic_us() ^ (unsigned)getpid());
    return (int)run(&config);
}
