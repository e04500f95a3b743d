/* programs: where the pipeline's programs are: beside statsd-run, or in PATH. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <stdbool.h>

#include "command.h"

/* Replaces the process by the command, or ends it with 127 and a message. */
_Noreturn void programs_execute(const struct command *c);

/* True if the program takes the options of the command, and so does one that stands after a `--`;
 * if not, the program has said why. */
bool programs_check(const struct command *c);

#endif
