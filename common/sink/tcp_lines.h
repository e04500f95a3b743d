/* tcp_lines: writes the batches of a connection (tcp_link.h) line by line.
 *
 * Some servers take half a line at the end of a connection for a whole one, whether that end is
 * orderly or a reset. So the kernel is given whole lines only, as many as it has room for, and the
 * connection ends in order, whoever ends it: whatever the kernel has is sent before the end, even
 * if the program is killed. If the kernel takes a part of a line all the same, which it does when
 * it lacks memory, the socket is set to be reset when it is closed (SO_LINGER of 0 s), until the
 * kernel has the rest. */
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
