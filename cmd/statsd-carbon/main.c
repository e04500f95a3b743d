#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "filter/lines.h"
#include "filter/opt.h"
#include "filter/out.h"
#include "filter/ready.h"
#include "filter/signals.h"
#include "net/target.h"
#include "path.h"
#include "sink/connection.h"
#include "sink/queue.h"
#include "translate.h"

static const char usage_line[] =
    "usage: statsd-carbon [-nqsv] [-l bytes] [--legacy] [--prefix word] [--suffix word] ... [host[:port]]";

enum {
    OPT_LEGACY = OPT_LONG,
    OPT_PREFIX,
    OPT_PREFIX_COUNTER,
    OPT_PREFIX_TIMER,
    OPT_PREFIX_GAUGE,
    OPT_PREFIX_SET,
    OPT_SUFFIX,
    OPT_SELF_PREFIX,
    OPT_NO_SELF,
    OPT_NO_COUNTS,
    OPT_BUFFER,
    OPT_REJECTS,
    OPT_DRAIN,
    OPT_READY_FD
};

static const struct opt_row rows[] = {
    { 0, "Names", NULL, NULL },
    { OPT_LEGACY, "legacy", NULL, "the reference's legacy names (stats_counts.*)" },
    { OPT_PREFIX, "prefix", "WORD", "first word of every path (stats)" },
    { OPT_PREFIX_COUNTER, "prefix-counter", "WORD", "second word of counters (counters)" },
    { OPT_PREFIX_TIMER, "prefix-timer", "WORD", "second word of timers (timers)" },
    { OPT_PREFIX_GAUGE, "prefix-gauge", "WORD", "second word of gauges (gauges)" },
    { OPT_PREFIX_SET, "prefix-set", "WORD", "second word of sets (sets)" },
    { OPT_SUFFIX, "suffix", "WORD", "last word of every path" },
    { OPT_SELF_PREFIX, "self-prefix", "NAME", "name of own figures (as the input has it)" },
    { 0, "What is sent", NULL, NULL },
    { OPT_NO_SELF, "no-self", NULL, "no own figures, neither ours nor the input's" },
    { OPT_NO_COUNTS, "no-counts", NULL, "no counts of counters, only their rates" },
    { 'n', "dry-run", NULL, "print what would be sent, send nothing" },
    { 0, "Delivery", NULL, NULL },
    { OPT_BUFFER, "buffer", "SIZE", "how much may wait for Carbon (16M)" },
    { OPT_DRAIN, "drain", "DURATION", "how long to go on trying at the end (5s)" },
    { 0, "Input", NULL, NULL },
    { 'l', "max-line", "BYTES", "longest line of input (65536)" },
    { 's', "strict", NULL, "a bad line ends the run with exit 1" },
    { OPT_REJECTS, "rejects", "FILE", "append lines that were refused to FILE" },
    { 0, "Other", NULL, NULL },
    { OPT_READY_FD, "ready-fd", "N", "write an empty line to descriptor N once ready" },
    { 'q', "quiet", NULL, "only say what ends the program" },
    { 'v', "verbose", NULL, "end with a summary" },
    OPT_ROWS_COMMON
};

static const struct opt_program program = {
    usage_line,
    "Sends aggregates from stdin, or lines that are Graphite plaintext, to Carbon.",
    rows,
    "  statsd-recv | statsd-agg -i 10 | statsd-carbon graphite.example.org:2003\n"
    "  echo \"deploys 1 $(date +%s)\" | statsd-carbon --dry-run\n",
};

struct config {
    struct net_target target;
    struct path_words words;
    bool no_self, no_counts, dry_run, strict;
    const char *rejects; /* a file's name, or NULL */
    size_t buffer, max_line;
    int64_t drain; /* ms */
    int ready_fd;  /* or -1 */
};

/* Takes an option that is a word. False when it is none of these. */
static bool take_word(int id, const struct opt *o, struct path_words *words)
{
    switch (id) {
    case OPT_PREFIX: words->prefix = o->value; return true;
    case OPT_PREFIX_COUNTER: words->counter = o->value; return true;
    case OPT_PREFIX_TIMER: words->timer = o->value; return true;
    case OPT_PREFIX_GAUGE: words->gauge = o->value; return true;
    case OPT_PREFIX_SET: words->set = o->value; return true;
    case OPT_SUFFIX: words->suffix = o->value; return true;
    case OPT_SELF_PREFIX: words->self = o->value; return true;
    default: return false;
    }
}

static void take_option(int id, const struct opt *o, struct config *c)
{
    switch (id) {
    case OPT_LEGACY: c->words.legacy = true; break;
    case OPT_NO_SELF: c->no_self = true; break;
    case OPT_NO_COUNTS: c->no_counts = true; break;
    case OPT_REJECTS: c->rejects = o->value; break;
    case OPT_BUFFER: c->buffer = opt_size(o, 4096, SIZE_MAX / 4); break;
    case OPT_DRAIN: c->drain = opt_duration(o, 0, INT32_MAX); break;
    case OPT_READY_FD: c->ready_fd = (int)opt_uint(o, 0, INT_MAX); break;
    case 'l': c->max_line = opt_size(o, 1, 1 << 30); break;
    case 'n': c->dry_run = true; break;
    case 's': c->strict = true; break;
    case 'q': die_set_verbosity(-1); break;
    case 'v': die_set_verbosity(1); break;
    default: take_word(id, o, &c->words); break;
    }
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = {
        .words = { false, "stats", "counters", "timers", "gauges", "sets", "", NULL },
        .buffer = 16 << 20,
        .max_line = LINES_MAX_DEFAULT,
        .drain = 5000,
        .ready_fd = -1,
    };
    struct opt o;
    int id, count;
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        take_option(id, &o, &c);
    char **operands = opt_operands(&o, &count);
    if (count > 1)
        die_usage(usage_line, "too many operands: expected one host");
    const char *host = count ? operands[0] : "127.0.0.1";
    if (!net_parse_target(host, CARBON_PORT, &c.target))
        die_usage(usage_line, "bad address %s: expected HOST, HOST:PORT or [IPV6]:PORT",
                  quote(host, strlen(host)).text);
    return c;
}

enum { DRAIN_AFTER_EOF = 2000, BUFFER_SIZE = 1 << 16 };

struct carbon {
    const struct config *config;
    struct paths paths;
    struct queue queue;
    struct figures figures;
    struct translate_options translate_options;
    struct translator translator;
    struct out rejects; /* only where there is a file for them */
    struct connection connection;
    struct lines in;
    struct out out; /* of --dry-run */
    bool failed;    /* a strict run that met a bad line, or an input that could not be read */
    bool reading;
    int64_t now;                          /* monotonic ms, as of the last turn */
    int64_t last_input, signalled, ended; /* likewise; 0: not yet */
};

static void stop_reading(struct carbon *k)
{
    if (!k->reading)
        return;
    k->reading = false;
    k->ended = k->now;
    translate_flush(&k->translator);
    connection_hurry(&k->connection, k->now);
}

static void take_line(struct carbon *k, const struct line *line, enum lines_status status)
{
    struct span text = { line->text, line->length };
    if (translate_line(&k->translator, &(struct rows_line){ text, line->torn, status == LINES_TOO_LONG }, k->in.number))
        return;
    if (k->config->strict) {
        k->failed = true;
        stop_reading(k);
    }
}

/* Takes the rows that can be taken in one stretch, before lines_next has looked for the end of the first. */
static void take_rows(struct carbon *k)
{
    struct lines *in = &k->in;
    const char *from = in->buffer + in->start, *end = in->buffer + in->end;
    const char *next = in->dropping ? from : translate_rows(&k->translator, from, end, &in->number);
    if (next != from)
        in->start = in->scanned = (size_t)(next - in->buffer);
}

/* Hands every line that is there to the translator. */
static void handle_lines(struct carbon *k)
{
    struct line line;
    enum lines_status status = LINES_ONE;
    while (k->reading && status < LINES_MORE) {
        take_rows(k);
        if ((status = lines_next(&k->in, &line)) < LINES_MORE)
            take_line(k, &line, status);
    }
    if (k->reading && status == LINES_END)
        stop_reading(k);
}

static void read_input(struct carbon *k)
{
    int error = lines_fill(&k->in);
    k->last_input = k->now;
    if (error) {
        errno = error;
        warn_errno("read stdin");
        k->failed = true;
    }
    handle_lines(k);
    if (!k->reading || !lines_readable(&k->in))
        translate_pause(&k->translator);
}

/* What is only looked at need not wait for the end of its interval. */
static void print(struct carbon *k)
{
    queue_commit(&k->queue);
    struct span ready = queue_ready(&k->queue);
    out_put(&k->out, ready.text, ready.length);
    queue_sent(&k->queue, ready.length, 0);
    if (!k->reading || !lines_readable(&k->in))
        out_flush(&k->out);
}

static void say_status(const struct carbon *k)
{
    const struct queue *q = &k->queue;
    say("%s %s: %llu lines, %llu sent, %llu waiting (%zu bytes), %llu dropped, %llu bad, %llu unknown",
        k->config->dry_run ? "stdout" : k->config->target.text,
        k->config->dry_run ? "dry run" : connection_state_text(&k->connection), (unsigned long long)k->translator.lines,
        (unsigned long long)q->delivered, (unsigned long long)queue_lines(q), q->end - q->start,
        (unsigned long long)q->dropped, (unsigned long long)k->translator.bad.complaint.total,
        (unsigned long long)k->translator.unknown.complaint.total);
}

static void take_signals(struct carbon *k)
{
    struct signals s = signals_take();
    if (s.status)
        say_status(k);
    if (s.end)
        k->signalled = k->now;
}

/* When to give up: reading, where a signal asks for it; delivering, once reading has ended. Without a signal a Carbon that
 * takes lines, however slowly, is waited for. */
static int64_t give_up(const struct carbon *k)
{
    int64_t drain = k->config->drain;
    if (k->reading)
        return k->signalled ? k->signalled + drain : INT64_MAX;
    if (!k->signalled)
        return (k->connection.progress > k->ended ? k->connection.progress : k->ended) + drain;
    int64_t after_eof = k->ended + (drain < DRAIN_AFTER_EOF ? drain : DRAIN_AFTER_EOF);
    return k->signalled + drain > after_eof ? k->signalled + drain : after_eof;
}

static int poll_timeout(const struct carbon *k, int64_t due)
{
    int64_t idle = k->reading && k->translator.rows.is_open ? k->last_input + ROWS_SILENCE : INT64_MAX,
            end = give_up(k);
    due = idle < due ? idle : due;
    due = end < due ? end : due;
    if (due == INT64_MAX)
        return -1;
    return due <= k->now ? 0 : due - k->now > INT_MAX ? INT_MAX : (int)(due - k->now);
}

/* One turn of the loop: waits for whatever comes first and lets everybody go on. */
static void turn(struct carbon *k)
{
    struct pollfd polled[3] = { { .fd = k->reading ? k->in.fd : -1, .events = POLLIN },
                                { .fd = signals_fd(), .events = POLLIN } };
    int64_t due = connection_prepare(&k->connection, &k->queue, k->now, &polled[2]);
    int found = poll(polled, 3, poll_timeout(k, due));
    k->now = clock_monotonic_ms();
    if (found < 0)
        return;
    if (polled[1].revents)
        take_signals(k);
    if (polled[0].revents)
        read_input(k);
    else if (k->reading && k->translator.rows.is_open && k->now >= k->last_input + ROWS_SILENCE)
        translate_flush(&k->translator);
    connection_step(&k->connection, &k->queue, polled[2].revents, k->now);
    k->figures.last_exception = k->connection.last_failure;
    if (!queue_ready(&k->queue).length)
        figures_end(&k->figures, &k->queue, k->now);
}

/* Reads to the end of the input; what comes is sent, or printed, meanwhile. */
static void pass_on(struct carbon *k)
{
    while (k->reading) {
        turn(k);
        if (k->config->dry_run)
            print(k);
        if (k->reading && k->now >= give_up(k)) {
            /* The beginning of a line that has not come whole is a torn one. */
            k->in.ended = true;
            handle_lines(k);
        }
    }
    if (k->config->dry_run)
        print(k);
}

/* Delivers what waits, as long as that may take. */
static void deliver(struct carbon *k)
{
    do {
        while (queue_ready(&k->queue).length && k->now < give_up(k))
            turn(k);
        connection_close(&k->connection, &k->queue, give_up(k), k->signalled ? 0 : k->config->drain);
        k->now = clock_monotonic_ms();
    } while (queue_ready(&k->queue).length && k->now < give_up(k));
}

static int finish(struct carbon *k)
{
    const struct queue *q = &k->queue;
    uint64_t lost = queue_lines(q) + q->dropped;
    if (k->config->dry_run)
        out_close(&k->out);
    translate_free(&k->translator);
    if (k->config->rejects)
        out_close(&k->rejects);
    connection_free(&k->connection);
    if (lost)
        say("%llu lines not delivered to %s", (unsigned long long)lost, k->config->target.text);
    if (die_verbosity() > 0)
        say("%llu lines, %llu sent, %llu bad, %llu unknown, %llu lost", (unsigned long long)k->translator.lines,
            (unsigned long long)q->delivered, (unsigned long long)k->translator.bad.complaint.total,
            (unsigned long long)k->translator.unknown.complaint.total, (unsigned long long)lost);
    return lost || k->failed ? EXIT_FAILED : EXIT_FINE;
}

static void open_rejects(struct out *rejects, const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        die_errno("open %s", name);
    out_init(rejects, fd, name, BUFFER_SIZE, OUT_SAY_CLOSED);
}

static void begin(struct carbon *k, const struct config *c)
{
    bool says_figures = !c->dry_run && !c->no_self;
    if (c->ready_fd >= 0)
        ready_check(c->ready_fd);
    if (c->rejects)
        open_rejects(&k->rejects, c->rejects);
    signals_init();
    paths_init(&k->paths, &c->words);
    queue_init(&k->queue, c->dry_run ? SIZE_MAX : c->buffer);
    figures_init(&k->figures, clock_wall_ms() / 1000);
    k->translate_options =
        (struct translate_options){ c->no_self, c->no_counts, c->strict, c->rejects ? &k->rejects : NULL, c->max_line };
    translate_init(&k->translator, &k->translate_options, &k->paths, &k->queue, says_figures ? &k->figures : NULL);
    connection_init(&k->connection, &c->target);
    lines_init(&k->in, STDIN_FILENO, c->max_line);
    if (c->dry_run)
        out_init(&k->out, STDOUT_FILENO, "stdout", BUFFER_SIZE, OUT_BLOCKING);
    if (isatty(STDIN_FILENO))
        warn("reading from the terminal: end with ^D");
    if (c->ready_fd >= 0)
        ready_tell(c->ready_fd, "\n", 1);
    k->last_input = k->now = clock_monotonic_ms();
}

static int run(const struct config *c)
{
    struct carbon k = { .config = c, .reading = true };
    begin(&k, c);
    pass_on(&k);
    deliver(&k);
    int status = finish(&k);
    lines_free(&k.in);
    queue_free(&k.queue);
    paths_free(&k.paths);
    return status;
}

int main(int argc, char **argv)
{
    die_init("statsd-carbon");
    struct config config = parse_args(argc, argv);
    srandom((unsigned)clock_monotonic_us() ^ (unsigned)getpid());
    return run(&config);
}
