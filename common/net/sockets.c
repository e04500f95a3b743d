#include "net/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "net/handed_down.h"

/* How often a port that is free for IPv4 is looked for until it is free for IPv6 too. */
enum { FREE_PORT_TRIES = 32 };

struct opening {
    struct net_sockets *sockets;
    const struct net_place *place;
    int64_t receive_buffer;
};

static _Noreturn void die_of_bind(enum net_kind kind, const struct net_address *address)
{
    char text[NET_TEXT_MAX];
    int reason = errno;
    net_text(address, text);
    errno = reason;
    die_errno("bind %s %s", net_kind_name(kind), text);
}

static void set_receive_buffer(const struct net_socket *s, int64_t wanted)
{
    int64_t granted = net_set_receive_buffer(s->fd, wanted);
    if (granted < 0)
        die_errno("--rcvbuf: %s", s->name);
    if (granted < wanted)
        warn("--rcvbuf: %s: granted %lld of %lld bytes: see sysctl net.core.rmem_max", s->name, (long long)granted,
             (long long)wanted);
}

void net_sockets_set_buffer(const struct net_sockets *s, int64_t size)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].kind == NET_UDP)
            set_receive_buffer(&s->list[i], size);
}

static void prepare_udp(struct net_socket *s, int64_t receive_buffer)
{
    uint32_t drops;
    s->counts_drops = net_drops(s->fd, s->is_handed_down ? &drops : &s->drops);
    if (!s->counts_drops)
        warn("%s: the kernel does not report drops on this socket", s->name);
    if (receive_buffer)
        set_receive_buffer(s, receive_buffer);
}

/* Copies a socket into the list. */
static void add(const struct opening *o, const struct net_socket *socket)
{
    struct net_sockets *all = o->sockets;
    all->list = xreallocarray(all->list, all->count + 1, sizeof *all->list);
    struct net_socket *s = &all->list[all->count++];
    *s = *socket;
    if (s->kind == NET_UDP)
        prepare_udp(s, o->receive_buffer);
}

static void add_address(const struct opening *o, int fd, const struct net_address *address)
{
    struct net_socket s = { .fd = fd, .kind = o->place->kind };
    char text[NET_TEXT_MAX];
    net_text(address, text);
    snprintf(s.name, sizeof s.name, "%s %s", net_kind_name(s.kind), text);
    add(o, &s);
}

static int listen_on(const struct opening *o, struct net_address *address)
{
    return o->place->kind == NET_UDP ? net_listen_udp(address) : net_listen_tcp(address);
}

static struct net_address any_v4(in_port_t port)
{
    struct net_address a = { .length = sizeof a.v4 };
    a.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = port };
    return a;
}

static struct net_address any_v6(in_port_t port)
{
    struct net_address a = { .length = sizeof a.v6 };
    a.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = port };
    return a;
}

static void open_all_interfaces(const struct opening *o)
{
    uint16_t port = o->place->port;
    for (int tries = 1;; tries++) {
        struct net_address v4 = any_v4(htons(port));
        int fd4 = listen_on(o, &v4);
        if (fd4 < 0)
            die_of_bind(o->place->kind, &v4);
        struct net_address v6 = any_v6(v4.v4.sin_port);
        int fd6 = listen_on(o, &v6);
        if (fd6 < 0 && errno == EADDRINUSE && !port && tries < FREE_PORT_TRIES) {
            close(fd4);
            continue;
        }
        /* A system without IPv6 has nothing to listen to there. */
        if (fd6 < 0 && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)
            die_of_bind(o->place->kind, &v6);
        add_address(o, fd4, &v4);
        if (fd6 >= 0)
            add_address(o, fd6, &v6);
        return;
    }
}

static void open_host(const struct opening *o)
{
    const char *host = o->place->host;
    char port[8];
    struct addrinfo hints = { .ai_socktype = o->place->kind == NET_UDP ? SOCK_DGRAM : SOCK_STREAM,
                              .ai_flags = AI_PASSIVE | AI_NUMERICSERV },
                    *found;
    snprintf(port, sizeof port, "%u", o->place->port);
    int error = getaddrinfo(host, port, &hints, &found);
    if (error)
        die("resolve %s: %s", quote(host, strlen(host)).text,
            error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        struct net_address address = { .length = a->ai_addrlen };
        memcpy(&address.any, a->ai_addr, a->ai_addrlen);
        int fd = listen_on(o, &address);
        if (fd < 0)
            die_of_bind(o->place->kind, &address);
        add_address(o, fd, &address);
    }
    freeaddrinfo(found);
}

static void open_path(const struct opening *o)
{
    struct net_socket s = { .kind = o->place->kind };
    snprintf(s.name, sizeof s.name, "%s %s", net_kind_name(s.kind), o->place->path);
    s.fd = unix_socket_listen(o->place->path, s.kind == NET_UNIX ? SOCK_STREAM : SOCK_DGRAM, o->place->mode, &s.file);
    if (s.fd < 0)
        die_errno("bind %s", s.name);
    add(o, &s);
}

static void open_descriptor(const struct opening *o)
{
    struct net_socket s = { .fd = o->place->fd, .is_handed_down = true, .drops = o->place->drops };
    for (size_t i = 0; i < o->sockets->count; i++)
        if (o->sockets->list[i].fd == s.fd)
            return;
    const char *reason = net_examine(&s);
    if (reason)
        die("fd:%d: %s", s.fd, reason);
    add(o, &s);
}

/* Before a socket is opened that could take the number of one that was to be handed down. */
static void check_descriptors(const struct net_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (places[i].fd >= 0 && fcntl(places[i].fd, F_GETFD) < 0)
            die_errno("fd:%d", places[i].fd);
}

static void open_place(const struct opening *o)
{
    if (o->place->fd >= 0)
        open_descriptor(o);
    else if (o->place->kind == NET_UNIX || o->place->kind == NET_UNIXGRAM)
        open_path(o);
    else if (*o->place->host)
        open_host(o);
    else
        open_all_interfaces(o);
}

void net_sockets_open(struct net_sockets *s, const struct net_place *places, size_t count, int64_t receive_buffer)
{
    *s = (struct net_sockets){ 0 };
    check_descriptors(places, count);
    for (size_t i = 0; i < count; i++)
        open_place(&(struct opening){ s, &places[i], receive_buffer });
}

void net_sockets_close(struct net_sockets *s)
{
    for (size_t i = 0; i < s->count; i++) {
        unix_socket_remove(&s->list[i].file);
        close(s->list[i].fd);
    }
    free(s->list);
    *s = (struct net_sockets){ 0 };
}

char *net_sockets_text(const struct net_sockets *s, size_t *length)
{
    char *text = xmalloc(s->count * sizeof s->list->name + 1);
    *length = 0;
    for (size_t i = 0; i < s->count; i++)
        *length += (size_t)sprintf(text + *length, "%s\n", s->list[i].name);
    return text;
}

uint32_t net_new_drops(struct net_socket *s)
{
    uint32_t drops, before = s->drops;
    if (!s->counts_drops || !net_drops(s->fd, &drops))
        return 0;
    s->drops = drops;
    return drops - before;
}

/* A Unix socket's kernel would take a datagram and lose it, if a filter said so; a client is told
 * that its datagrams are no longer read. */
bool net_socket_shut(struct net_socket *s)
{
    if (s->is_handed_down || net_is_stream(s->kind))
        return false;
    return s->kind == NET_UDP ? net_stop_arrivals(s->fd) : shutdown(s->fd, SHUT_RD) == 0;
}
