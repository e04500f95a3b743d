/* completions: a program's option rows → its completions for bash, zsh or fish.
 *
 * `make completions` asks every program for them by `--completions SHELL`, an option that is in no
 * table and in no help. */
#ifndef FILTER_COMPLETIONS_H
#define FILTER_COMPLETIONS_H

#include <stdbool.h>

#include "filter/opt_rows.h"

/* Writes the completions for a shell, `bash`, `zsh` or `fish`, to stdout, which the caller flushes.
 * False if there is no such shell. die_init must have set the program's name. */
bool completions_write(const struct opt_program *program, const char *shell);

#endif
