/* control_client: questions to statsd-agg on the Unix socket of its --control. */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <stddef.h>

/* Asks, waiting for each part of the answer for some seconds. Returns the answer, malloc'd, without
 * the empty line at its end, and sets *length; NULL if there was none. */
char *control_ask(const char *path, const char *command, size_t *length);

/* Connects and sends the command without waiting, even where many others do; the answer comes at
 * the descriptor that is returned, which does not block. -1: errno has the reason. */
int control_send(const char *path, const char *command);

#endif
