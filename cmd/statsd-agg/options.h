/* options: the command line of statsd-agg. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "config.h"

/* A valid configuration, or the end of the program with EXIT_USAGE. statistics and self_series are the caller's to free. */
struct config parse_args(int argc, char **argv);

#endif
