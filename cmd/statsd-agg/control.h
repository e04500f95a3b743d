/* control: the Unix socket of --control, on which other processes query the aggregator.
 *
 * A line is a command; its answer ends with an empty line:
 *
 *     dump c|ms|g|s [PATTERN]     records (dump.h)
 *     forget c|ms|g|s PATTERN     the number of series forgotten
 *     delete c|ms|g|s SERIES      1, or 0 if the series was not known
 *     status                      figures, `records TAB 12` a line
 *     save FILE                   `ok`: at the end, what is open is saved to FILE for --resume
 *
 * Any other line is answered with `error: …`. One client is served at a time, and for no longer
 * than CONTROL_PATIENCE while it neither sends nor reads anything. */
#ifndef CONTROL_H
#define CONTROL_H

#include <poll.h>
#include <stdint.h>

#include "agg.h"

enum { CONTROL_PATIENCE = 10000 }; /* ms */

struct control;

/* Listens at path, which only the user may connect to, or ends the program. A socket on which no
 * process listens is replaced. Path and aggregator stay the caller's and must outlive the
 * socket. */
struct control *control_open(const char *path, struct agg *agg);

/* Closes the socket and removes its file, unless another has taken its place. NULL is nothing to
 * close. */
void control_close(struct control *c);

/* Sets *p to what to poll for. Returns when (monotonic ms) control_step must be called at the
 * latest. */
int64_t control_watch(const struct control *c, struct pollfd *p);

/* Serves the client; now is the monotonic clock in ms. */
void control_step(struct control *c, short revents, int64_t now);

#endif
