/* wire_options: the options by which every program that reads StatsD lines sets its parser: --tags,
 * --raw-names, --max-name and --gauge-sign. */
#ifndef WIRE_OPTIONS_H
#define WIRE_OPTIONS_H

#include <stdbool.h>

#include "filter/opt.h"
#include "wire/wire.h"

/* The ids of the rows; a program's own ids, from OPT_LONG up, stay below them. */
enum wire_option {
    WIRE_OPTION_TAGS = OPT_LONG + 1000,
    WIRE_OPTION_RAW_NAMES,
    WIRE_OPTION_MAX_NAME,
    WIRE_OPTION_GAUGE_SIGN
};

/* For the program's table of struct opt_row. */
/* clang-format off */
#define WIRE_OPTION_ROWS \
    { WIRE_OPTION_TAGS, "tags", "LIST", "flavours of tags to read (all)", ",dogstatsd graphite influx librato signalfx all none" }, \
    { WIRE_OPTION_RAW_NAMES, "raw-names", NULL, "keep all bytes of names and tags", NULL }, \
    { WIRE_OPTION_MAX_NAME, "max-name", "SIZE", "reject series longer than this (4K)", NULL }, \
    { WIRE_OPTION_GAUGE_SIGN, "gauge-sign", "WORD", "what +1|g means: delta or absolute (delta)", "delta absolute" }
/* clang-format on */

/* Stores the current option of o, whose id opt_next has returned, in *options, or ends the program
 * as opt_fail does. Returns false if it is not one of these options. */
bool wire_options_take(int id, const struct opt *o, struct wire_options *options);

#endif
