#include "udp.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "net/listen.h"

/* How often a port that is free for IPv4 is looked for until it is free for IPv6 too. */
enum { FREE_PORT_TRIES = 32 };

static _Noreturn void die_of_bind(const struct net_address *address)
{
    char text[NET_TEXT_MAX];
    int reason = errno;
    net_text(address, text);
    errno = reason;
    die_errno("bind udp %s", text);
}

static void set_receive_buffer(const struct udp_socket *s, int64_t wanted)
{
    int64_t granted = net_set_receive_buffer(s->fd, wanted);
    if (granted < 0)
        die_errno("--rcvbuf: %s", s->name);
    if (granted < wanted)
        warn("--rcvbuf: %s: granted %lld of %lld bytes: see sysctl net.core.rmem_max", s->name, (long long)granted,
             (long long)wanted);
}

static void add(struct udp *u, int fd, const struct net_address *address, int64_t receive_buffer)
{
    u->sockets = xreallocarray(u->sockets, u->count + 1, sizeof *u->sockets);
    struct udp_socket *s = &u->sockets[u->count++];
    *s = (struct udp_socket){ .fd = fd, .name = "udp " };
    net_text(address, s->name + strlen(s->name));
    s->counts_drops = net_drops(fd, &s->drops);
    if (!s->counts_drops)
        warn("%s: the kernel does not report drops on this socket", s->name);
    if (receive_buffer)
        set_receive_buffer(s, receive_buffer);
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

static void open_all_interfaces(struct udp *u, uint16_t port, int64_t receive_buffer)
{
    for (int tries = 1;; tries++) {
        struct net_address v4 = any_v4(htons(port));
        int fd4 = net_listen_udp(&v4);
        if (fd4 < 0)
            die_of_bind(&v4);
        struct net_address v6 = any_v6(v4.v4.sin_port);
        int fd6 = net_listen_udp(&v6);
        if (fd6 < 0 && errno == EADDRINUSE && !port && tries < FREE_PORT_TRIES) {
            close(fd4);
            continue;
        }
        /* A system without IPv6 has nothing to listen to there. */
        if (fd6 < 0 && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)
            die_of_bind(&v6);
        add(u, fd4, &v4, receive_buffer);
        if (fd6 >= 0)
            add(u, fd6, &v6, receive_buffer);
        return;
    }
}

static void open_place(struct udp *u, const struct net_place *place, int64_t receive_buffer)
{
    char port[8];
    struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found;
    if (!*place->host) {
        open_all_interfaces(u, place->port, receive_buffer);
        return;
    }
    snprintf(port, sizeof port, "%u", place->port);
    int error = getaddrinfo(place->host, port, &hints, &found);
    if (error)
        die("resolve %s: %s", quote(place->host, strlen(place->host)).text,
            error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        struct net_address address = { .length = a->ai_addrlen };
        memcpy(&address.any, a->ai_addr, a->ai_addrlen);
        int fd = net_listen_udp(&address);
        if (fd < 0)
            die_of_bind(&address);
        add(u, fd, &address, receive_buffer);
    }
    freeaddrinfo(found);
}

void udp_open(struct udp *u, const struct net_place *places, size_t count, int64_t receive_buffer)
{
    *u = (struct udp){ 0 };
    for (size_t i = 0; i < count; i++)
        open_place(u, &places[i], receive_buffer);
}

void udp_close(struct udp *u)
{
    for (size_t i = 0; i < u->count; i++)
        close(u->sockets[i].fd);
    free(u->sockets);
    *u = (struct udp){ 0 };
}

char *udp_ready_text(const struct udp *u, size_t *length)
{
    char *text = xmalloc(u->count * sizeof u->sockets->name + 1);
    *length = 0;
    for (size_t i = 0; i < u->count; i++)
        *length += (size_t)sprintf(text + *length, "%s\n", u->sockets[i].name);
    return text;
}

int64_t udp_shortest_queue(const struct udp *u)
{
    int64_t shortest = INT64_MAX;
    for (size_t i = 0; i < u->count; i++) {
        int64_t queue = net_receive_buffer(u->sockets[i].fd);
        shortest = queue < shortest ? queue : shortest;
    }
    return shortest;
}

uint64_t udp_new_drops(struct udp *u)
{
    uint64_t all = 0;
    for (size_t i = 0; i < u->count; i++) {
        struct udp_socket *s = &u->sockets[i];
        uint32_t drops;
        if (!s->counts_drops || !net_drops(s->fd, &drops))
            continue;
        all += (uint32_t)(drops - s->drops);
        s->drops = drops;
    }
    return all;
}

bool udp_stop_arrivals(struct udp *u)
{
    bool all = true;
    for (size_t i = 0; i < u->count; i++)
        all &= net_stop_arrivals(u->sockets[i].fd);
    return all;
}
