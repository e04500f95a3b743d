#include "net/handed_down.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/number.h"

static int option_of(int fd, int option)
{
    int value;
    socklen_t length = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &length) < 0 ? -1 : value;
}

/* False if there is no such kind. */
static bool find_kind(struct net_socket *s)
{
    int domain = option_of(s->fd, SO_DOMAIN), type = option_of(s->fd, SO_TYPE);
    bool is_unix = domain == AF_UNIX;
    if (!is_unix && domain != AF_INET && domain != AF_INET6)
        return false;
    if (type == SOCK_STREAM)
        s->kind = is_unix ? NET_UNIX : NET_TCP;
    else
        s->kind = is_unix ? NET_UNIXGRAM : NET_UDP;
    return type == SOCK_STREAM || type == SOCK_DGRAM;
}

/* `/run/x`, `@abstract` or, without a name, `fd:3`. */
static void name_unix(struct net_socket *s, const struct sockaddr_un *address, socklen_t length)
{
    size_t size = length - offsetof(struct sockaddr_un, sun_path);
    const char *path = address->sun_path;
    if (length <= offsetof(struct sockaddr_un, sun_path))
        snprintf(s->name, sizeof s->name, "%s fd:%d", net_kind_name(s->kind), s->fd);
    else if (*path)
        snprintf(s->name, sizeof s->name, "%s %.*s", net_kind_name(s->kind), (int)strnlen(path, size), path);
    else
        snprintf(s->name, sizeof s->name, "%s @%.*s", net_kind_name(s->kind), (int)size - 1, path + 1);
}

static void name_socket(struct net_socket *s)
{
    union {
        struct net_address net;
        struct sockaddr_un local;
    } address = { .local = { .sun_family = AF_UNSPEC } };
    char text[NET_TEXT_MAX];
    socklen_t length = sizeof address.local;
    getsockname(s->fd, (struct sockaddr *)&address, &length);
    if (address.local.sun_family == AF_UNIX) {
        name_unix(s, &address.local, length);
        return;
    }
    net_text(&address.net, text);
    snprintf(s->name, sizeof s->name, "%s %s", net_kind_name(s->kind), text);
}

const char *net_examine(struct net_socket *s)
{
    if (option_of(s->fd, SO_TYPE) < 0)
        return strerror(errno);
    if (!find_kind(s))
        return "expected a socket of UDP or TCP, or a Unix socket of datagrams or a stream";
    if (net_is_stream(s->kind) && option_of(s->fd, SO_ACCEPTCONN) != 1) {
        struct sockaddr_un peer;
        socklen_t length = sizeof peer;
        s->is_connected = getpeername(s->fd, (struct sockaddr *)&peer, &length) == 0;
        if (!s->is_connected && listen(s->fd, SOMAXCONN) < 0)
            return strerror(errno);
    }
    name_socket(s);
    return NULL;
}

static bool read_number(const char *name, double *value)
{
    const char *text = getenv(name);
    return text && number_parse(text, strlen(text), value) == NUMBER_OK;
}

enum net_handover net_handed_over(int *count)
{
    double process, sockets;
    if (!read_number("LISTEN_PID", &process) || !read_number("LISTEN_FDS", &sockets) || sockets < 1 ||
        sockets > INT16_MAX)
        return NET_NOTHING;
    *count = (int)sockets;
    return process == getpid() ? NET_FOR_US : process == getppid() ? NET_FOR_PARENT : NET_NOTHING;
}
