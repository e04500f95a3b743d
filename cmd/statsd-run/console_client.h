/* console_client: one client of the console. */
#ifndef CONSOLE_CLIENT_H
#define CONSOLE_CLIENT_H

#include <stdbool.h>
#include <time.h>

#include "value.h"

enum { CONSOLE_LINE_MAX = 8192 }; /* bytes of a command */

/* Reads commands from standard input and answers on standard output until the client goes.
 * control is the path of statsd-agg's socket; config is an object or NULL; *is_down is what
 * `health` answers, and may change at any time. A longer line than CONSOLE_LINE_MAX is answered
 * with ERROR. */
void console_client_serve(const char *control, const struct value *config, bool *is_down);

/* Notes the start of the run, which `stats` counts from. */
void console_client_begin(void);

#endif
