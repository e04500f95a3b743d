/* nowait: writes that never block.
 *
 * O_NONBLOCK belongs to the open file description, which a descriptor shares with every process
 * that inherited it, so it is never set there. */
#ifndef BASE_NOWAIT_H
#define BASE_NOWAIT_H

#include <stddef.h>
#include <sys/types.h>

struct nowait {
    int fd;     /* the caller's descriptor */
    int own_fd; /* our own non-blocking description of the same pipe or terminal, or -1 */
    int kind;   /* how a write is kept from blocking */
};

/* Prepares writing to fd, which stays the caller's. nowait_end releases what this takes. */
void nowait_begin(struct nowait *w, int fd);
void nowait_end(struct nowait *w);

/* Returns the descriptor to poll for POLLOUT after nowait_write has failed with EAGAIN. */
int nowait_fd(const struct nowait *w);

/* Like write(2), for some of the bytes, but fails with EAGAIN if the write would block. */
ssize_t nowait_write(const struct nowait *w, const char *bytes, size_t length);

#endif
