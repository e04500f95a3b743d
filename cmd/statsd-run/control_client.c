#include "control_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/xalloc.h"

enum { CHUNK = 1 << 16, PATIENCE = 20 /* s */, TRIES = 30, PAUSE = 100000 /* µs */ };

/* flags: SOCK_NONBLOCK, or 0. */
static int connect_to(const char *path, int flags)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int control_send(const char *path, const char *command)
{
    int fd = connect_to(path, SOCK_NONBLOCK);
    if (fd < 0)
        return -1;
    if (dprintf(fd, "%s\n", command) > 0)
        return fd;
    close(fd);
    return -1;
}

/* statsd-agg may be restarting. */
static int connect_patiently(const char *path)
{
    int fd = connect_to(path, 0);
    for (int i = 0; fd < 0 && i < TRIES; i++) {
        usleep(PAUSE);
        fd = connect_to(path, 0);
    }
    return fd;
}

char *control_ask(const char *path, const char *command, size_t *length)
{
    const struct timeval patience = { .tv_sec = PATIENCE };
    int fd = connect_patiently(path);
    if (fd < 0)
        return NULL;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char *text = NULL;
    size_t size = 0, capacity = 0;
    ssize_t n = dprintf(fd, "%s\n", command) > 0 ? 1 : -1;
    shutdown(fd, SHUT_WR);
    while (n > 0) {
        if (capacity - size < CHUNK) {
            capacity = 2 * capacity + CHUNK;
            text = xreallocarray(text, capacity, 1);
        }
        n = recv(fd, text + size, CHUNK, 0);
        size += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    /* An answer without its empty line was cut off. */
    if (n == 0 && size && text[size - 1] == '\n' && (size == 1 || text[size - 2] == '\n')) {
        *length = size - 1;
        return text;
    }
    free(text);
    return NULL;
}
