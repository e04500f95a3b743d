/* options: the command line of statsd-agg. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "config.h"

/* Returns a valid configuration, or ends the program with EXIT_USAGE. statistics, self_series.text
 * and tags are the caller's to free. */
struct config parse_args(int argc, char **argv);

#endif
