/* console: the management console on TCP, as statsd/statsd has it, with `sets` and `delsets`.
 *
 * Each client is served by a process of its own, which asks statsd-agg on its control socket, so no
 * client holds up the pipeline. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/shortage.h"
#include "net/sockets.h"
#include "value.h"

enum { CONSOLE_CLIENTS = 64 }; /* at the same time; more are closed */

struct console {
    struct net_sockets sockets;
    const char *control;        /* the path of statsd-agg's socket */
    const struct value *config; /* the object, or NULL: the defaults */
    bool *is_down;              /* the answer to `health`, shared with the clients' processes */
    pid_t clients[CONSOLE_CLIENTS];
    struct shortages shortages;
    int64_t rest_end; /* monotonic ms: until when no client is accepted, for lack of a descriptor; 0 */
};

/* Listens at host and port, or ends the program. control and config stay the caller's. */
void console_open(struct console *c, const char *host, unsigned port, const char *control, const struct value *config,
                  bool is_down);

/* Ends the clients' processes and closes the sockets. */
void console_close(struct console *c);

/* What to poll for at a socket, now (monotonic ms): POLLIN, or nothing while the console rests. It
 * rests for no longer than SHORTAGE_REST. */
short console_watch(const struct console *c, int64_t now);

/* Accepts a client at a socket that is readable. */
void console_accept(struct console *c, const struct net_socket *s);

/* Takes note that a process has ended. */
void console_reaped(struct console *c, pid_t pid);

#endif
