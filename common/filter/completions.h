/* completions: a program's option rows → its completions for bash, zsh or fish.
 *
 * `make completions` asks every program for them by `--completions SHELL`, an option that is in no
 * table and in no help. */
#ifndef FILTER_COMPLETIONS_H
#define FILTER_COMPLETIONS_H

#include <stdbool.h>

#include "filter/opt.h"

/* If the command line is exactly `program --completions SHELL`, writes the completions to stdout,
 * which the caller flushes, or ends the program by opt_misuse if there is no such shell. False if
 * the command line is another one. o->usage must be set. */
bool completions_take(const struct opt *o);

#endif
