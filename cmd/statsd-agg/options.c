#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "filter/options.h"
#include "format/aggregate.h"
#include "series/idle.h"
#include "series/table.h"
#include "series/tagging.h"

enum {
    OPTION_ONCE = OPT_LONG,
    OPTION_LATENESS,
    OPTION_MAX_GAP,
    OPTION_STAMP,
    OPTION_OFFSET,
    OPTION_LATE,
    OPTION_CUMULATIVE,
    OPTION_WEIGHTED,
    OPTION_TAG,
    OPTION_STATE,
    OPTION_RESUME,
    OPTION_CONTROL,
    OPTION_TIMER_SAMPLES,
    OPTION_SET_MEMBERS,
    OPTION_IDLE,
    OPTION_HISTOGRAM,
    OPTION_STATS,
    OPTION_CLOCK,
};

static const struct opt_row rows[] = {
    OPT_HEADING("Time"),
    { 'i', "interval", "DURATION", "length of an interval (10)", NULL },
    { 'e', "event-time", NULL, "assign records to intervals by their own time", NULL },
    { OPTION_ONCE, "once", NULL, "treat all input as one interval", NULL },
    { OPTION_LATENESS, "lateness", "DURATION", "accept records this late, or `all' (one interval)", "all" },
    { OPTION_LATE, "late", "FILE", "append late records to FILE", OPT_FILES },
    { OPTION_MAX_GAP, "max-gap", "DURATION", "write no intervals in longer gaps (5m)", NULL },
    { OPTION_OFFSET, "offset", "DURATION", "shift the boundaries of intervals (0)", NULL },
    { OPTION_CLOCK, "clock", "SERIES", "with -e: only this gauge's times close intervals", NULL },
    { OPTION_STAMP, "stamp", "WORD", "timestamp of an interval: its end or start (end)", "end start" },
    OPT_HEADING("Statistics"),
    { 'p', "percentiles", "LIST", "percentiles of timers, as in 50,99.9,-10 (90)", NULL },
    { OPTION_HISTOGRAM, "histogram", "MATCH=BINS...", "bins of timers whose series contains MATCH", NULL },
    { OPTION_CUMULATIVE, "histogram-cumulative", NULL, "cumulative bins, with le tags", NULL },
    { OPTION_WEIGHTED, "weighted", NULL, "count a timer's sample of rate r as 1/r samples", NULL },
    { OPTION_STATS, "stats", "LIST", "only these statistics of timers (all)", "," TIMER_STATISTICS_WORDS },
    { OPTION_IDLE, "idle", "LIST", "write idle series for (" IDLE_DEFAULT ")", NULL },
    { OPTION_TAG, "tag", "KEY:VALUE...", "add a tag to every series", NULL },
    OPT_HEADING("State and limits"),
    { OPTION_STATE, "state", "FILE", "keep series and open intervals across restarts", OPT_FILES },
    { OPTION_RESUME, "resume", "FILE", "continue once from FILE, and remove it", OPT_FILES },
    { OPTION_CONTROL, "control", "PATH", "answer queries on a Unix socket", OPT_FILES },
    FILTER_ROW_MAX_SERIES,
    { OPTION_TIMER_SAMPLES, "timer-samples", "N", "approximate a timer with more (no limit)", NULL },
    { OPTION_SET_MEMBERS, "set-members", "N", "estimate a set with more (1000000)", NULL },
    OPT_HEADING("Input and exit"),
    FILTER_ROW_MAX_LINE,
    FILTER_ROW_STRICT,
    FILTER_ROW_REJECTS,
    FILTER_ROW_REJECTS_MAX,
    FILTER_ROW_DRAIN,
    FILTER_ROW_READY_FD,
    OPT_HEADING("Self-metrics and general"),
    FILTER_ROW_SELF_PREFIX,
    FILTER_ROW_NO_SELF,
    FILTER_ROW_SELF_METRICS,
    OPT_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Read records and write the aggregates of every interval.",
    .rows = rows,
    .operands = "[file ...]",
    .operand_completions = OPT_FILES,
    .examples = "  statsd-recv | statsd-agg -i 10 -p 50,99 | statsd-carbon graphite.example.com\n"
                "  statsd-agg -e -i 60 -p 99.9 < day.tsv\n",
};

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
        opt_fail(o, "bad idle time %s: expected " IDLE_WORDS " and a duration or forever",
                 quote(culprit.text, culprit.length).text);
}

static void take_self_series(struct config *c, const struct opt *o)
{
    struct span name = { o->value, strlen(o->value) };
    if (!name.length)
        opt_fail(o, "bad name '': expected at least one character");
    free((char *)c->self_series.text);
    c->self_series = aggregate_escaped(name);
}

static void take_clock(struct config *c, const struct opt *o)
{
    c->clock = (struct span){ o->value, strlen(o->value) };
    if (!c->clock.length)
        opt_fail(o, "bad series '': expected at least one character");
}

static void take_time_option(struct config *c, int id, const struct opt *o)
{
    switch (id) {
    case 'i': c->interval = opt_duration(o, SHORTEST, longest); break;
    case 'e': c->gauges_by_time = true; break;
    case OPTION_ONCE: c->mode = TIME_ONCE; break;
    case OPTION_LATENESS:
        c->lateness = strcmp(o->value, "all") == 0 ? LATENESS_ALL : opt_duration(o, 0, longest);
        c->has_lateness = true;
        break;
    case OPTION_MAX_GAP: c->max_gap = opt_duration(o, 0, longest); break;
    case OPTION_STAMP: c->stamp_start = opt_choice(o) == 1; break;
    case OPTION_OFFSET: c->offset = opt_duration(o, 0, longest); break;
    case OPTION_LATE: c->late = o->value; break;
    case OPTION_CLOCK: take_clock(c, o); break;
    default: break;
    }
}

static void take_tag(const struct opt *o, struct config *c)
{
    struct tagging probe = { .text = NULL };
    if (!tagging_add(&probe, o->value))
        opt_fail(o, "bad tag %s: expected KEY:VALUE", quote(o->value, strlen(o->value)).text);
    tagging_free(&probe);
    c->tags = xreallocarray(c->tags, c->tag_count + 1, sizeof *c->tags);
    c->tags[c->tag_count++] = o->value;
}

static void take_bound(struct config *c, int id, const struct opt *o)
{
    switch (id) {
    case OPTION_STATE: c->state = o->value; break;
    case OPTION_RESUME: c->resume = o->value; break;
    case OPTION_CONTROL: c->control = o->value; break;
    case OPTION_TIMER_SAMPLES: c->limits.timer_samples = (uint32_t)opt_uint(o, 1, CELL_SKETCHED - 1); break;
    case OPTION_SET_MEMBERS: c->limits.set_members = opt_uint(o, 1, UINT32_MAX); break;
    case OPTION_WEIGHTED: c->limits.is_weighted = true; break;
    case OPTION_CUMULATIVE: c->statistics->is_cumulative = true; break;
    case OPTION_TAG: take_tag(o, c); break;
    default: take_time_option(c, id, o);
    }
}

static void take_option(struct config *c, int id, const struct opt *o)
{
    switch (id) {
    case 'p': take_statistics(o, c->statistics, timer_statistics_set_percentiles, "percentile"); break;
    case OPTION_HISTOGRAM: take_statistics(o, c->statistics, timer_statistics_add_histogram, "bin"); break;
    case OPTION_STATS: take_statistics(o, c->statistics, timer_statistics_select, "statistic"); break;
    case OPTION_IDLE: take_idle(o, c); break;
    default:
        if (!filter_options_take(&c->filter, id, o))
            take_bound(c, id, o);
        else if (id == FILTER_OPTION_SELF_PREFIX)
            take_self_series(c, o);
    }
}

/* Settles options that depend on others. */
static void resolve(struct config *c, const struct opt *o)
{
    if (c->mode == TIME_ONCE && c->state)
        opt_misuse(o, "--state cannot be combined with --once");
    if (c->mode == TIME_ONCE && c->resume)
        opt_misuse(o, "--resume cannot be combined with --once");
    if (c->mode != TIME_ONCE && c->gauges_by_time)
        c->mode = TIME_EVENT;
    if (c->clock.length && c->mode != TIME_EVENT)
        opt_misuse(o, "--clock needs --event-time");
    if (c->clock.length && c->has_lateness && c->lateness == LATENESS_ALL)
        opt_misuse(o, "--clock cannot be combined with --lateness all");
    if (!c->interval && c->mode != TIME_ONCE)
        c->interval = 10000;
    if (!c->has_lateness)
        c->lateness = c->interval;
    if (c->interval && c->offset >= c->interval)
        opt_misuse(o, "--offset: expected less than the interval");
    timer_statistics_finish(c->statistics);
}

struct config parse_args(int argc, char **argv)
{
    static const int64_t minutes = 60000;
    struct config c = {
        .filter = filter_defaults,
        .max_gap = 5 * minutes,
        .statistics = timer_statistics_new(),
        .self_series = aggregate_escaped(SPAN(FILTER_SELF_PREFIX)),
        .limits = { CELL_SKETCHED - 1, 1000000, false },
    };
    struct span ignored;
    struct opt o;
    int id;
    idle_parse(IDLE_DEFAULT, c.idle, &ignored);
    timer_statistics_set_percentiles(c.statistics, "90", &ignored);
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        take_option(&c, id, &o);
    c.files = opt_files(&o);
    resolve(&c, &o);
    return c;
}
