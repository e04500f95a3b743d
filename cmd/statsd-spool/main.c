/* statsd-spool: aggregates → files → a sink. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "child.h"
#include "feed.h"
#include "filter/filter.h"
#include "filter/ready.h"
#include "intake.h"
#include "store.h"

enum { OPTION_MAX = OPT_LONG, OPTION_FSYNC, OPTION_DONE_FD };

static const struct opt_row rows[] = {
    OPT_HEADING("Spool"),
    { OPTION_MAX, "max", "SIZE", "drop the oldest intervals beyond SIZE bytes (1G)", NULL },
    { OPTION_FSYNC, "fsync", NULL, "wait until each interval is on the disk", NULL },
    FILTER_ROW_BUFFER,
    OPT_HEADING("Delivery"),
    { OPTION_DONE_FD, "done-fd", "N", "write the time of each safe interval to N", NULL },
    FILTER_ROW_DRAIN,
    OPT_HEADING("Self-metrics"),
    FILTER_ROW_SELF_PREFIX,
    FILTER_ROW_NO_SELF,
    OPT_HEADING("Input"),
    FILTER_ROWS_LINES,
    FILTER_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Keep aggregates from standard input in a directory until a sink has delivered them.",
    .rows = rows,
    .operands = "dir -- sink [arg ...]",
    .operand_completions = OPT_FILES,
    .examples = "  statsd-agg | statsd-spool /var/spool/statsd -- statsd-carbon --wait 10.0.0.2\n"
                "  statsd-spool /var/spool/statsd -- statsd-carbon --wait 10.0.0.3 </dev/null\n",
};

struct config {
    struct filter_options filter;
    struct store_options store;
    int done_fd; /* -1: none */
    char **sink; /* its command line */
};

static const uint64_t max_default = 1 << 30, max_least = 1 << 12, max_most = (uint64_t)1 << 60;

static bool take_option(void *self, int id, const struct opt *o)
{
    struct config *c = self;
    switch (id) {
    case OPTION_MAX: c->store.max = opt_size(o, max_least, max_most); break;
    case OPTION_FSYNC: c->store.syncs = true; break;
    case OPTION_DONE_FD: c->done_fd = (int)opt_uint(o, 0, INT_MAX); break;
    default: return false;
    }
    return true;
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = { .filter = filter_defaults, .store = { .max = max_default }, .done_fd = -1 };
    struct opt o;
    int count;
    opt_begin(&o, &program, argc, argv);
    filter_options_read(&c.filter, &o, take_option, &c);
    char **operands = opt_operands(&o, &count);
    if (count < 2)
        opt_misuse(&o, count ? "no sink: expected a program and its arguments after --" : "no directory");
    if (!*operands[0] || !*operands[1])
        opt_misuse(&o, "empty operand: expected a directory, --, and a program");
    if (c.filter.self_prefix && !*c.filter.self_prefix)
        opt_misuse(&o, "--self-prefix: expected a name");
    c.store.path = operands[0];
    c.store.buffer = c.filter.buffer;
    c.sink = operands + 1;
    return c;
}

enum { DRAIN_AFTER_EOF = 2000, DONE_SIZE = 1 << 12 };

struct spool {
    const struct config *config;
    struct filter filter;
    struct out done;
    struct store store;
    struct child child;
    struct feed feed;
    struct intake intake;
    int64_t ended;     /* monotonic ms: when reading ended; 0: it has not */
    bool is_giving_up; /* the sink is not started again */
};

/* --- input ------------------------------------------------------------------------------------ */

static enum filter_next take(void *self, struct lines *in)
{
    struct spool *k = self;
    k->intake.now = k->filter.now;
    enum lines_status status = intake_take(&k->intake, in);
    if (status < LINES_MORE)
        k->filter.failed = true;
    return status == LINES_MORE ? FILTER_MORE : status == LINES_END ? FILTER_END : FILTER_STOP;
}

static void pause_input(void *self)
{
    struct spool *k = self;
    k->intake.now = k->filter.now;
    intake_pause(&k->intake);
}

static void quiet(void *self)
{
    struct spool *k = self;
    k->intake.now = k->filter.now;
    intake_end(&k->intake, true);
}

/* --- the sink --------------------------------------------------------------------------------- */

static const char *sink_name(const struct spool *k)
{
    return k->config->sink[0];
}

static void start(struct spool *k)
{
    if (child_start(&k->child) == 0) {
        feed_begin(&k->feed);
        return;
    }
    if (!k->child.starts)
        die_errno("execute %s", sink_name(k));
    warn_errno("execute %s", sink_name(k));
    child_plan(&k->child, k->filter.now);
}

/* When the sink is not waited for any longer. */
static int64_t give_up(const struct spool *k)
{
    int64_t drain = k->config->filter.drain, signalled = k->filter.signalled;
    if (k->filter.is_early)
        return INT64_MIN;
    if (!signalled)
        return (k->feed.progress > k->ended ? k->feed.progress : k->ended) + drain;
    int64_t after_eof = k->ended + (drain < DRAIN_AFTER_EOF ? drain : DRAIN_AFTER_EOF);
    return signalled + drain > after_eof ? signalled + drain : after_eof;
}

static bool is_wanted(const struct spool *k)
{
    return !k->is_giving_up && (!k->ended || (k->store.count && k->filter.now < give_up(k)));
}

static void describe_death(const struct child_death *death, char *text, size_t size)
{
    snprintf(text, size, death->is_exit ? "ended with status %d" : "killed by signal %d", death->status);
}

static void bury(struct spool *k)
{
    char how[64];
    const struct child_death *death = &k->feed.death;
    describe_death(death, how, sizeof how);
    bool is_usage = death->is_exit && death->status == EXIT_USAGE && k->child.starts == 1 && !k->store.done_count;
    bool was_ending = k->child.input < 0 && k->ended;
    child_bury(&k->child);
    k->feed.is_dead = false;
    k->store.under_way = 0;
    if (is_usage) {
        say("%s: %s at its first start", sink_name(k), how);
        pause_input(k);
        exit(EXIT_USAGE);
    }
    if (!is_wanted(k)) {
        if (!was_ending || !death->is_exit)
            warn("%s: %s", sink_name(k), how);
        return;
    }
    int64_t pause = child_plan(&k->child, k->filter.now);
    warn("%s: %s: it is started again in %.1f s", sink_name(k), how, (double)pause / 1000);
}

static void be_due(struct spool *k)
{
    int64_t now = k->filter.now;
    if (!k->child.pid && now >= k->child.due && is_wanted(k))
        start(k);
    if (child_hurry(&k->child, now) == SIGKILL)
        warn("%s: it does not end, and is killed", sink_name(k));
    store_settle(&k->store, now);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t watch(void *self, struct pollfd *p)
{
    struct spool *k = self;
    *p = (struct pollfd){ .fd = feed_fd(&k->feed), .events = POLLIN };
    int64_t due = k->child.pid || is_wanted(k) ? k->child.due : INT64_MAX;
    if (k->store.is_rereading && k->store.reread > k->filter.now)
        due = least(due, k->store.reread);
    return k->store.is_full ? least(due, k->store.retry) : due;
}

/* The sink gets no more when all is done, or after --drain. Then it may take as long again for each
 * interval. */
static void end_input(struct spool *k)
{
    int64_t drain = k->config->filter.drain, patience = k->filter.signalled ? least(drain, DRAIN_AFTER_EOF) : drain;
    bool is_late = k->filter.now >= give_up(k);
    if (!k->ended || (k->store.count && !is_late))
        return;
    k->is_giving_up |= is_late;
    child_end_input(&k->child, k->filter.now, patience);
    if (!k->child.signals_sent && k->feed.progress + patience > k->child.due)
        k->child.due = k->feed.progress + patience;
}

static void step(void *self, short revents)
{
    struct spool *k = self;
    feed_step(&k->feed, revents & POLLIN, k->filter.now);
    if (k->feed.is_dead)
        bury(k);
    be_due(k);
    end_input(k);
    if (k->store.done)
        out_try_flush(k->store.done);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void end(void *self)
{
    struct spool *k = self;
    k->intake.now = k->filter.now;
    intake_end(&k->intake, false);
    k->ended = k->filter.now;
    step(k, 0);
    while (!k->filter.is_early && (k->child.pid || is_wanted(k)))
        filter_turn(&k->filter, k->is_giving_up ? INT64_MAX : give_up(k));
}

static void status(void *self)
{
    struct spool *k = self;
    char sink[64] = "not running";
    if (k->child.pid)
        snprintf(sink, sizeof sink, "process %ld", (long)k->child.pid);
    say("%s %s: %llu lines, %llu intervals, %llu done, %zu waiting (%llu bytes), %s dropped, %llu bad", sink_name(k),
        sink, (unsigned long long)k->intake.lines, (unsigned long long)k->intake.intervals,
        (unsigned long long)k->store.done_count, k->store.count, (unsigned long long)k->store.bytes,
        tally_text(k->store.dropped).text, (unsigned long long)k->intake.refusals.complaint.total);
}

static void summarise(void *self)
{
    struct spool *k = self;
    complaint_summary(&k->intake.refusals.complaint);
    store_lose(&k->store);
    struct tally left = store_count_lines(&k->store), dropped = k->store.dropped;
    store_summarize(&k->store);
    if (left.lines)
        warn("%s left in %s", tally_text(left).text, k->config->store.path);
    if (dropped.lines)
        say("%s dropped", tally_text(dropped).text);
    k->filter.failed |= dropped.lines > 0 || k->store.has_unread;
    if (die_verbosity() > 0)
        say("%llu lines, %llu intervals, %llu done, %zu left, %s dropped, %llu bad",
            (unsigned long long)k->intake.lines, (unsigned long long)k->intake.intervals,
            (unsigned long long)k->store.done_count, k->store.count, tally_text(dropped).text,
            (unsigned long long)k->intake.refusals.complaint.total);
}

static void left(void *self, char *text)
{
    const struct spool *k = self;
    if (k->store.memory)
        snprintf(text, FILTER_LEFT_MAX, "%llu bytes of intervals in memory", (unsigned long long)k->store.memory);
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* A read then brings as much as is written at once. If the system refuses, it brings less. */
static void widen_input(void)
{
    int size = fcntl(STDIN_FILENO, F_GETPIPE_SZ);
    if (size > 0 && size < INTERVAL_BLOCK)
        (void)fcntl(STDIN_FILENO, F_SETPIPE_SZ, INTERVAL_BLOCK);
}

/* A descriptor of ours that the sink must not inherit. */
static void keep_from_sink(int fd)
{
    if (fd > STDERR_FILENO)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void begin(struct spool *k, const struct config *c)
{
    const struct intake_options options = { c->filter.self_prefix, c->filter.no_self, c->filter.max_line };
    if (c->done_fd >= 0)
        ready_check_writable("--done-fd", c->done_fd);
    filter_begin(&k->filter, &c->filter, FILTER_NO_OUT);
    widen_input();
    keep_from_sink(c->filter.ready_fd);
    keep_from_sink(c->done_fd);
    if (c->done_fd >= 0)
        out_init(&k->done, c->done_fd, "--done-fd", DONE_SIZE, OUT_QUEUE | OUT_GOES_ON | OUT_SAY_CLOSED);
    store_open(&k->store, &c->store, c->done_fd >= 0 ? &k->done : NULL);
    child_init(&k->child, c->sink);
    feed_init(&k->feed, &k->store, &k->child);
    intake_init(&k->intake, &options, &k->store, k->filter.rejects);
    k->intake.refusals.strict = c->filter.strict;
    start(k);
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
    struct spool k = { .config = c };
    begin(&k, c);
    enum exit_code code = filter_run(&k.filter, files, &calls, &k);
    if (k.store.done) {
        out_close(k.store.done);
        code = k.done.error && !code ? EXIT_FAILED : code;
    }
    intake_free(&k.intake);
    feed_free(&k.feed);
    store_close(&k.store);
    return code;
}

int main(int argc, char **argv)
{
    die_init("statsd-spool");
    struct config config = parse_args(argc, argv);
    srandom((unsigned)clock_monotonic_us() ^ (unsigned)getpid());
    return (int)run(&config);
}
