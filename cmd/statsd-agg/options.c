#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "filter/lines.h"
#include "filter/opt.h"
#include "format/aggregate.h"
#include "series/idle.h"
#include "series/table.h"
#include "series/tagging.h"

static const char usage_line[] =
    "usage: statsd-agg [-ehqsvV] [-i interval] [-p percentiles] [-l bytes] [--once] [option]... [file]...";

static const char summary[] = "Reads records and writes the aggregates of every interval.";

static const char examples[] = "  statsd-recv | statsd-agg -i 10 -p 50,99 | statsd-carbon graphite.example\n"
                               "  statsd-agg -e -i 60 -p 99.9 < day.tsv\n";

enum {
    OPT_ONCE = OPT_LONG,
    OPT_LATENESS,
    OPT_MAX_GAP,
    OPT_STAMP,
    OPT_OFFSET,
    OPT_LATE,
    OPT_CUMULATIVE,
    OPT_WEIGHTED,
    OPT_TAG,
    OPT_STATE,
    OPT_MAX_SERIES,
    OPT_TIMER_SAMPLES,
    OPT_SET_MEMBERS,
    OPT_IDLE,
    OPT_HISTOGRAM,
    OPT_STATS,
    OPT_SELF_PREFIX,
    OPT_NO_SELF,
    OPT_REJECTS,
    OPT_DRAIN,
    OPT_READY_FD,
};

static const struct opt_row rows[] = {
    { 0, "Time", NULL, NULL },
    { 'i', "interval", "SEC", "flush interval (10)" },
    { 'e', "event-time", NULL, "a record's own time decides its interval" },
    { OPT_ONCE, "once", NULL, "one interval over all of the input" },
    { OPT_LATENESS, "lateness", "TIME", "with -e: wait so long, or `all' (one interval)" },
    { OPT_LATE, "late", "FILE", "append records that come too late to FILE" },
    { OPT_MAX_GAP, "max-gap", "TIME", "with -e: leave longer empty stretches out (5m)" },
    { OPT_OFFSET, "offset", "TIME", "move the intervals' boundaries by so much" },
    { OPT_STAMP, "stamp", "WORD", "stamp an interval with its end (default) or start" },
    { 0, "Statistics", NULL, NULL },
    { 'p', "percentiles", "LIST", "of timers, as in 50,99.9,-10 (90)" },
    { OPT_HISTOGRAM, "histogram", "MATCH=BINS", "bins of timers whose series contains MATCH" },
    { OPT_CUMULATIVE, "histogram-cumulative", NULL, "cumulative bins, with le tags" },
    { OPT_WEIGHTED, "weighted", NULL, "a timer's sample of rate r counts as 1/r samples" },
    { OPT_STATS, "stats", "LIST", "only these statistics of timers" },
    { OPT_IDLE, "idle", "LIST", "how long without samples (c=5m,ms=5m,s=5m,g=forever)" },
    { OPT_TAG, "tag", "KEY:VALUE", "add a tag to every series" },
    { 0, "State and bounds", NULL, NULL },
    { OPT_STATE, "state", "FILE", "carry what is known and open over a restart" },
    { OPT_MAX_SERIES, "max-series", "N", "know at most N series (1000000)" },
    { OPT_TIMER_SAMPLES, "timer-samples", "N", "a timer with more is sketched, within 1 % (all)" },
    { OPT_SET_MEMBERS, "set-members", "N", "a set with more is estimated, within 1 % (1000000)" },
    { 0, "Input and messages", NULL, NULL },
    { 'l', "max-line", "BYTES", "longest line, others are dropped (65536)" },
    { OPT_REJECTS, "rejects", "FILE", "append what is refused, and why, to FILE" },
    { OPT_SELF_PREFIX, "self-prefix", "NAME", "series of the program's own figures (statsd)" },
    { OPT_NO_SELF, "no-self", NULL, "write no figures of its own" },
    { OPT_DRAIN, "drain", "TIME", "read on so long after TERM or INT (2)" },
    { OPT_READY_FD, "ready-fd", "N", "write an empty line to descriptor N when ready" },
    { 's', "strict", NULL, "end with exit 1 at the first bad or late record" },
    { 'q', "quiet", NULL, "say only what ends the program" },
    { 'v', "verbose", NULL, "say at the end how much there was" },
    OPT_ROWS_COMMON,
};

static const struct opt_program program = { usage_line, summary, rows, examples };

/* 1 ms to a thousand years: sums of times stay far from the limits of int64. */
enum { SHORTEST = 1 };
static const int64_t longest = (int64_t)1000 * 366 * 86400 * 1000;

static void take_statistics(const struct opt *o, struct timer_statistics *statistics,
                            const char *(*set)(struct timer_statistics *, const char *, struct span *),
                            const char *what)
{
    struct span culprit;
    const char *why = set(statistics, o->value, &culprit);
    if (why)
        opt_fail(o, "bad %s %s: %s", what, quote(culprit.text, culprit.length).text, why);
}

static void take_idle(const struct opt *o, struct config *c)
{
    struct span culprit;
    if (!idle_parse(o->value, c->idle, &culprit))
        opt_fail(o, "bad idle time %s: expected c=, ms=, s= or g= and a duration or forever",
                 quote(culprit.text, culprit.length).text);
}

static struct span self_series(const struct opt *o)
{
    struct span name = { o->value, strlen(o->value) };
    if (!name.length)
        opt_fail(o, "bad name '': expected at least one character");
    return aggregate_escaped(name);
}

static void take_time_option(struct config *c, int id, const struct opt *o)
{
    static const char *const stamps[] = { "end", "start", NULL };
    switch (id) {
    case 'i': c->interval = opt_duration(o, SHORTEST, longest); break;
    case 'e': c->gauges_by_time = true; break;
    case OPT_ONCE: c->mode = TIME_ONCE; break;
    case OPT_LATENESS:
        c->lateness = strcmp(o->value, "all") == 0 ? LATENESS_ALL : opt_duration(o, 0, longest);
        c->has_lateness = true;
        break;
    case OPT_MAX_GAP: c->max_gap = opt_duration(o, 0, longest); break;
    case OPT_STAMP: c->stamp_start = opt_choice(o, stamps) == 1; break;
    case OPT_OFFSET: c->offset = opt_duration(o, 0, longest); break;
    case OPT_LATE: c->late = o->value; break;
    case OPT_DRAIN: c->drain = opt_duration(o, 0, longest); break;
    default: break;
    }
}

static void take_tag(const struct opt *o, struct config *c)
{
    struct tagging probe;
    tagging_init(&probe);
    if (!tagging_add(&probe, o->value))
        opt_fail(o, "bad tag %s: expected KEY:VALUE", quote(o->value, strlen(o->value)).text);
    tagging_free(&probe);
    c->tags = xreallocarray(c->tags, c->tag_count + 1, sizeof *c->tags);
    c->tags[c->tag_count++] = o->value;
}

static void take_bound(struct config *c, int id, const struct opt *o)
{
    switch (id) {
    case OPT_STATE: c->state = o->value; break;
    case OPT_MAX_SERIES: c->max_series = (uint32_t)opt_uint(o, 1, TABLE_MAX_SLOTS); break;
    case OPT_TIMER_SAMPLES: c->limits.timer_samples = (uint32_t)opt_uint(o, 1, CELL_SKETCHED - 1); break;
    case OPT_SET_MEMBERS: c->limits.set_members = opt_uint(o, 1, UINT32_MAX); break;
    case OPT_WEIGHTED: c->limits.is_weighted = true; break;
    case OPT_CUMULATIVE: c->statistics->is_cumulative = true; break;
    case OPT_TAG: take_tag(o, c); break;
    default: take_time_option(c, id, o);
    }
}

static void take_option(struct config *c, int id, const struct opt *o)
{
    switch (id) {
    case 'p': take_statistics(o, c->statistics, timer_statistics_set_percentiles, "percentile"); break;
    case OPT_HISTOGRAM: take_statistics(o, c->statistics, timer_statistics_add_histogram, "bin"); break;
    case OPT_STATS: take_statistics(o, c->statistics, timer_statistics_select, "statistic"); break;
    case OPT_IDLE: take_idle(o, c); break;
    case OPT_SELF_PREFIX:
        free((char *)c->self_series.text);
        c->self_series = self_series(o);
        break;
    case OPT_NO_SELF: c->no_self = true; break;
    case OPT_REJECTS: c->rejects = o->value; break;
    case OPT_READY_FD: c->ready_fd = (int)opt_uint(o, 0, 1 << 20); break;
    case 'l': c->max_line = opt_size(o, 1, 1 << 30); break;
    case 's': c->strict = true; break;
    case 'q': die_set_verbosity(-1); break;
    case 'v': die_set_verbosity(1); break;
    default: take_bound(c, id, o);
    }
}

/* Settles options that depend on others. */
static void resolve(struct config *c)
{
    if (c->mode == TIME_ONCE && c->state)
        die_usage(usage_line, "--state: --once has no restart to survive");
    if (c->mode != TIME_ONCE && c->gauges_by_time)
        c->mode = TIME_EVENT;
    if (!c->interval && c->mode != TIME_ONCE)
        c->interval = 10000;
    if (!c->has_lateness)
        c->lateness = c->interval;
    if (c->interval && c->offset >= c->interval)
        die_usage(usage_line, "--offset: expected less than the interval");
    timer_statistics_finish(c->statistics);
}

struct config parse_args(int argc, char **argv)
{
    static const int64_t minutes = 60000;
    struct config c = {
        .max_gap = 5 * minutes,
        .idle = { 5 * minutes, 5 * minutes, IDLE_FOREVER, 5 * minutes },
        .statistics = timer_statistics_new(),
        .self_series = aggregate_escaped(SPAN("statsd")),
        .limits = { CELL_SKETCHED - 1, 1000000, false },
        .max_series = 1000000,
        .max_line = LINES_MAX_DEFAULT,
        .drain = 2000,
        .ready_fd = -1,
    };
    struct span ignored;
    struct opt o;
    int id;
    timer_statistics_set_percentiles(c.statistics, "90", &ignored);
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        take_option(&c, id, &o);
    c.files = opt_files(&o);
    resolve(&c);
    return c;
}
