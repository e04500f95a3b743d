/* programs: finds the pipeline's programs, in the directory of statsd-run or in PATH. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <stdbool.h>

#include "command.h"

/* Replaces the process by the command, or ends it with 127 and a message. */
_Noreturn void programs_execute(const struct command *c);

/* True if the program accepts the options of the command, and so does the program after a `--`.
 * Otherwise the program has printed the reason. */
bool programs_check(const struct command *c);

#endif
