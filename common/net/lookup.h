/* lookup: a host's addresses, asked for by a child process, for getaddrinfo(3) waits as long as it likes and statsd-carbon
 * goes on reading meanwhile. */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

enum { LOOKUP_MAX = 16 };

struct address {
    struct sockaddr_storage any;
    socklen_t length;
};

struct addresses {
    size_t count; /* of list, in the order to try them */
    int error;    /* getaddrinfo's, where count is 0 */
    struct address list[LOOKUP_MAX];
};

/* Reads host and port as numbers, without asking anybody. False when the host is a name. */
bool lookup_numeric(const char *host, const char *port, struct addresses *found);

struct lookup {
    pid_t child;
    int fd; /* readable once the answer is there; -1: nothing is being asked */
};

/* Begins to ask. False: errno says why. */
bool lookup_begin(struct lookup *l, const char *host, const char *port);

/* Takes the answer (waiting for it, if fd is not readable) and ends the lookup. */
void lookup_end(struct lookup *l, struct addresses *found);

/* Ends it without an answer; nothing, where nothing is being asked. */
void lookup_cancel(struct lookup *l);

#endif
