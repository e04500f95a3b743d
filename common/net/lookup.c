#include "net/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/descriptors.h"

static void find(const char *host, const char *port, int flags, struct net_addresses *found)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = flags }, *list;
    memset(found, 0, sizeof *found);
    found->error = getaddrinfo(host, port, &hints, &list);
    if (found->error)
        return;
    for (struct addrinfo *i = list; i && found->count < NET_LOOKUP_MAX; i = i->ai_next) {
        if (i->ai_addrlen > sizeof found->list->v6)
            continue;
        struct net_address *a = &found->list[found->count++];
        memcpy(&a->v6, i->ai_addr, i->ai_addrlen);
        a->length = i->ai_addrlen;
    }
    freeaddrinfo(list);
}

bool net_lookup_numeric(const char *host, const char *port, struct net_addresses *found)
{
    find(host, port, AI_NUMERICHOST | AI_NUMERICSERV, found);
    return found->count > 0;
}

/* The answer is smaller than PIPE_BUF, so it is written whole or not at all. */
_Static_assert(sizeof(struct net_addresses) <= 4096, "an answer must fit into one write to a pipe");

/* The child closes everything but stderr: a lookup that hangs must not hang the rest of the
 * pipeline, nor keep a connection open that the program has closed. */
static _Noreturn void answer(const char *host, const char *port, int fd)
{
    struct net_addresses found;
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    close(STDIN_FILENO);
    fd = dup2(fd, STDOUT_FILENO);
    net_close_from(STDERR_FILENO + 1);
    find(host, port, AI_ADDRCONFIG, &found);
    ssize_t n = write(fd, &found, sizeof found);
    _exit(n == (ssize_t)sizeof found ? 0 : 1);
}

bool net_lookup_begin(struct net_lookup *l, const char *host, const char *port)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    pid_t child = fork();
    if (child == 0)
        answer(host, port, ends[1]);
    int saved = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        errno = saved;
        return false;
    }
    *l = (struct net_lookup){ child, ends[0] };
    return true;
}

static void reap(struct net_lookup *l)
{
    close(l->fd);
    while (waitpid(l->child, NULL, 0) < 0 && errno == EINTR)
        ;
    l->fd = -1;
}

void net_lookup_end(struct net_lookup *l, struct net_addresses *found)
{
    ssize_t n;
    while ((n = read(l->fd, found, sizeof *found)) < 0 && errno == EINTR)
        ;
    if (n != (ssize_t)sizeof *found)
        *found = (struct net_addresses){ .error = EAI_AGAIN };
    reap(l);
}

void net_lookup_cancel(struct net_lookup *l)
{
    if (l->fd < 0)
        return;
    kill(l->child, SIGKILL);
    reap(l);
}
