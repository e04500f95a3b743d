/* unix_socket: a Unix socket that clients find by its path, and the file there.
 *
 * Nothing here prints or ends the program. A function that fails leaves the reason in errno. */
#ifndef FILTER_UNIX_SOCKET_H
#define FILTER_UNIX_SOCKET_H

#include <sys/types.h>

struct unix_socket_file {
    const char *path; /* the caller's; NULL: none */
    dev_t device;
    ino_t inode;
};

/* Opens a Unix socket at path, of type SOCK_DGRAM, or SOCK_STREAM (which listens, and doesn't block
 * in accept). Its descriptor is the caller's and is closed on exec. Its file gets the mode `mode`,
 * and *file tells which it is; path must outlive it. If no process listens on an existing socket,
 * its file is replaced. -1: errno has the reason; EADDRINUSE if a process listens there, EEXIST if
 * path is not a socket. */
int unix_socket_listen(const char *path, int type, unsigned mode, struct unix_socket_file *file);

/* Removes the file, unless another has taken its place. Call it before the socket is closed: until
 * then, no other file can have the same inode. */
void unix_socket_remove(const struct unix_socket_file *file);

#endif
