/* tcp_lines: writes the batches of a connection (tcp_link.h) line by line.
 *
 * Some servers accept half a line at the end of a connection, whether the connection is closed or
 * reset. So the kernel is given only whole lines, as many as it has room for. When the connection
 * is closed, even because the program is killed, the kernel first sends all lines that it has. If
 * the kernel nevertheless takes only a part of a line, which happens when it lacks memory, the
 * socket is set to be reset when it is closed (SO_LINGER of 0 s), until the kernel has the rest. */
#ifndef SINK_TCP_LINES_H
#define SINK_TCP_LINES_H

#include <sys/types.h>

#include "sink/tcp_link.h"

/* Writes whole lines of the link's batch, or the rest of one of which the kernel has a part. The
 * link must have something to write. Returns what send(2) does; 0: there is no room until the
 * socket is writable. */
ssize_t tcp_lines_write(struct tcp_link *l);

/* Writes the rest of a line of which the kernel has a part, as far as it takes it, because the
 * connection is about to be ended. */
void tcp_lines_finish(struct tcp_link *l);

#endif
