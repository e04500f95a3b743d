/* tcp_socket: the kernel's knowledge of a TCP socket, and the options that a sink sets. */
#ifndef SINK_TCP_SOCKET_H
#define SINK_TCP_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets whether the connection is reset when the socket is closed. */
void tcp_socket_set_reset(int fd, bool resets);

/* Sets the options of a connection: no delay, and keepalives, which notice a dead connection that
 * carries nothing at the moment. timeout is in ms. */
void tcp_socket_set_options(int fd, int64_t timeout);

/* True if both ends are this socket. If no process listens on a port in the range of outgoing
 * connections, the kernel may choose that port for our end, and TCP connects the socket to
 * itself. */
bool tcp_socket_is_to_itself(int fd);

/* Returns how many bytes send(2) would take now, all of them, in segments of any length; SIZE_MAX
 * if the kernel doesn't tell. *is_writable: poll(2) would call the socket writable. */
size_t tcp_socket_room(int fd, bool *is_writable);

/* Returns the bytes that the other side's kernel has not acknowledged; our FIN counts as one. */
uint64_t tcp_socket_unacknowledged(int fd);

/* True if the other side's kernel has not answered for timeout ms, although it was sent something
 * at least twice. A side that only takes nothing answers: its window is 0. (TCP_USER_TIMEOUT would
 * end that connection too.) */
bool tcp_socket_is_silent(int fd, int64_t timeout);

/* Returns the pending error (an errno) of the connection, or 0. */
int tcp_socket_error(int fd);

/* Reads and discards a bounded number of bytes from the other side, to see whether it has ended.
 * Returns 0 if it has not, 1 after a FIN, or the negated errno of another end. */
int tcp_socket_read_end(int fd);

#endif
