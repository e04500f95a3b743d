/* options: the options that several programs have, each with one row, one help text, one range and
 * one default. */
#ifndef FILTER_OPTIONS_H
#define FILTER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/opt.h"

/* The ids of the rows. A program's own ids, from OPT_LONG up, stay below them. */
enum filter_option {
    FILTER_OPTION_REJECTS = OPT_LONG + 2000,
    FILTER_OPTION_REJECTS_MAX,
    FILTER_OPTION_DRAIN,
    FILTER_OPTION_READY_FD,
    FILTER_OPTION_SELF_PREFIX,
    FILTER_OPTION_NO_SELF,
    FILTER_OPTION_SELF_METRICS,
    FILTER_OPTION_BUFFER,
    FILTER_OPTION_MAX_SERIES,
};

/* clang-format off */
#define FILTER_ROW_MAX_LINE    { 'l', "max-line", "SIZE", "reject lines longer than this (64K)", NULL }
#define FILTER_ROW_STRICT      { 's', "strict", NULL, "exit with status 1 at the first rejected input", NULL }
#define FILTER_ROW_REJECTS     { FILTER_OPTION_REJECTS, "rejects", "FILE", "append rejected input and the reason to FILE", OPT_FILES }
#define FILTER_ROW_REJECTS_MAX { FILTER_OPTION_REJECTS_MAX, "rejects-max", "SIZE", "limit that file to SIZE bytes (1G; 0: no limit)", NULL }
#define FILTER_ROW_DRAIN       { FILTER_OPTION_DRAIN, "drain", "DURATION", "finish within this time at the end (5s)", NULL }
#define FILTER_ROW_READY_FD    { FILTER_OPTION_READY_FD, "ready-fd", "N", "write a line to descriptor N when ready", NULL }
#define FILTER_ROW_SELF_PREFIX { FILTER_OPTION_SELF_PREFIX, "self-prefix", "NAME", "name of the self-metrics (statsd)", NULL }
#define FILTER_ROW_NO_SELF     { FILTER_OPTION_NO_SELF, "no-self", NULL, "write no self-metrics", NULL }
#define FILTER_ROW_SELF_METRICS { FILTER_OPTION_SELF_METRICS, "self-metrics", "WORD", "which: all, or those of statsd/statsd (all)", "all statsd" }
#define FILTER_ROW_BUFFER      { FILTER_OPTION_BUFFER, "buffer", "SIZE", "hold up to SIZE bytes of output (16M)", NULL }
#define FILTER_ROW_MAX_SERIES  { FILTER_OPTION_MAX_SERIES, "max-series", "N", "keep at most N series (1000000)", NULL }

/* Under the heading Input, of programs that read lines. */
#define FILTER_ROWS_LINES FILTER_ROW_MAX_LINE, FILTER_ROW_STRICT, FILTER_ROW_REJECTS, FILTER_ROW_REJECTS_MAX

/* The end of the table: OPT_ROWS_GENERAL under its heading, for programs that have --ready-fd. */
#define FILTER_ROWS_GENERAL OPT_HEADING("General"), FILTER_ROW_READY_FD, OPT_ROWS_GENERAL
/* clang-format on */

#define FILTER_SELF_PREFIX "statsd"     /* the default */
enum { FILTER_SELF_PREFIX_MAX = 1024 }; /* bytes */

struct filter_options {
    size_t max_line;         /* bytes of the longest line, without its end */
    bool strict;             /* bad input ends the run */
    const char *rejects;     /* the path of a side file for rejected input, or NULL */
    uint64_t rejects_max;    /* bytes that the file may have, 0 for no limit */
    int64_t drain;           /* ms from the first TERM, INT or HUP to the end of reading */
    int ready_fd;            /* where to write that the program is ready; -1: nowhere */
    const char *self_prefix; /* at most FILTER_SELF_PREFIX_MAX bytes; NULL: --self-prefix was not given */
    bool no_self;
    bool self_of_statsd; /* only the self-metrics that statsd/statsd has, with its meaning */
    size_t buffer;       /* bytes, from 4 KiB to 64 GiB */
    size_t max_series;   /* from 1 to FILTER_SERIES_MAX */
};

#define FILTER_SERIES_MAX 1000000000u

/* The defaults, as the rows state them. */
extern const struct filter_options filter_defaults;

/* Stores the current option of o, whose id opt_next has returned, in *options, or ends the program
 * as opt_fail does. Returns false if it is not one of these options. */
bool filter_options_take(struct filter_options *options, int id, const struct opt *o);

/* Reads all options of a command line: calls take with self for each, and filter_options_take if
 * take returns false. */
void filter_options_read(struct filter_options *options, struct opt *o, opt_take *take, void *self);

#endif
