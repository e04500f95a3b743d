/* address: an IPv4 or IPv6 address with its port, or a Unix socket's process, and its text. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Whoever uses the other end of a Unix socket. */
struct net_process {
    sa_family_t family; /* AF_UNIX */
    pid_t id;           /* 0: unknown */
};

/* No larger than necessary: there is one for each datagram of a batch. */
struct net_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct net_process process;
    };
    socklen_t length; /* bytes of the union in use, as bind(2) and connect(2) want it; 0 for a process */
};

/* Writes `127.0.0.1:8125`, `[::1]:8125`, `unix:4711` or, if the process is unknown, `unix`, and a
 * NUL to text, which has room for NET_TEXT_MAX bytes, and returns the length without the NUL. An
 * IPv4 address that an IPv6 socket has mapped is written as IPv4. */
enum { NET_TEXT_MAX = 80 };
size_t net_text(const struct net_address *address, char *text);

#endif
