/* address_of: an address and port of these tests, from text and number. */
#ifndef ADDRESS_OF_H
#define ADDRESS_OF_H

#include <arpa/inet.h>

#include "net/address.h"

static inline struct net_address address_of(const char *host, uint16_t port)
{
    struct net_address a = { .length = sizeof a.v4 };
    if (inet_pton(AF_INET, host, &a.v4.sin_addr) == 1) {
        a.v4.sin_family = AF_INET;
        a.v4.sin_port = htons(port);
        return a;
    }
    a = (struct net_address){ .length = sizeof a.v6 };
    a.v6.sin6_family = AF_INET6;
    a.v6.sin6_port = htons(port);
    inet_pton(AF_INET6, host, &a.v6.sin6_addr);
    return a;
}

#endif
