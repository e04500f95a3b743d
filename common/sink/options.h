/* options: the options that every sink has, besides those of filter/options.h. */
#ifndef SINK_OPTIONS_H
#define SINK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/options.h"

/* The ids of the rows. A program's own ids, from OPT_LONG up, stay below them. */
enum sink_option {
    SINK_OPTION_BUFFER = OPT_LONG + 3000,
    SINK_OPTION_BATCH,
    SINK_OPTION_TIMEOUT,
    SINK_OPTION_WAIT,
    SINK_OPTION_RATE,
    SINK_OPTION_DONE_FD,
};

/* clang-format off */
#define SINK_ROW_DRY_RUN { 'n', "dry-run", NULL, "print what would be sent, send nothing", NULL }
#define SINK_ROW_BUFFER  { SINK_OPTION_BUFFER, "buffer", "SIZE", "hold up to SIZE bytes of lines (64M)", NULL }
#define SINK_ROW_BATCH   { SINK_OPTION_BATCH, "batch", "SIZE", "deliver up to SIZE bytes at once (1M)", NULL }
#define SINK_ROW_TIMEOUT { SINK_OPTION_TIMEOUT, "timeout", "DURATION", "wait this long for a silent server (30s)", NULL }
#define SINK_ROW_WAIT    { SINK_OPTION_WAIT, "wait", NULL, "stop reading when the buffer is full, drop nothing", NULL }
#define SINK_ROW_RATE    { SINK_OPTION_RATE, "rate", "LINES", "send at most this many lines a second", NULL }
#define SINK_ROW_DONE_FD { SINK_OPTION_DONE_FD, "done-fd", "N", "write delivered intervals' times to descriptor N", NULL }

/* The last rows of every sink, from the heading Delivery to the end of the table. --dry-run stands
 * before them, under Output. */
#define SINK_ROWS \
    OPT_HEADING("Delivery"), \
    SINK_ROW_BUFFER, SINK_ROW_BATCH, SINK_ROW_WAIT, SINK_ROW_RATE, SINK_ROW_TIMEOUT, FILTER_ROW_DRAIN, SINK_ROW_DONE_FD, \
    OPT_HEADING("Input"), \
    FILTER_ROWS_LINES, \
    FILTER_ROWS_GENERAL
/* clang-format on */

struct sink_options {
    struct filter_options filter;
    bool dry_run;
    size_t buffer, batch; /* bytes */
    int64_t timeout;      /* ms */
    bool wait;
    uint64_t rate; /* lines a second; 0: no limit */
    int done_fd;   /* -1: none */
};

/* The defaults, as the rows state them. */
struct sink_options sink_defaults(void);

/* Stores the current option of o, whose id opt_next has returned, in *options, or ends the program
 * as opt_fail does. Includes the options of filter/options.h. Returns false if it is none of
 * these. */
bool sink_options_take(struct sink_options *options, int id, const struct opt *o);

/* Reads all options of a command line: calls take with self for each, and sink_options_take if take
 * returns false. */
void sink_options_read(struct sink_options *options, struct opt *o, opt_take *take, void *self);

#endif
