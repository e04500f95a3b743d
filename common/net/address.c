#include "net/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/number.h"

static size_t put_v4(char *text, const unsigned char *bytes)
{
    size_t length = 0;
    for (int i = 0; i < 4; i++) {
        if (i)
            text[length++] = '.';
        length += number_format_uint(bytes[i], text + length);
    }
    return length;
}

static size_t put_v6(char *text, const struct sockaddr_in6 *v6)
{
    size_t length = 0;
    text[length++] = '[';
    inet_ntop(AF_INET6, &v6->sin6_addr, text + length, INET6_ADDRSTRLEN);
    length += strlen(text + length);
    if (v6->sin6_scope_id) {
        text[length++] = '%';
        length += number_format_uint(v6->sin6_scope_id, text + length);
    }
    text[length++] = ']';
    return length;
}

static size_t put_process(char *text, const struct net_process *process)
{
    static const char word[] = "unix:";
    size_t length = strlen(word);
    memcpy(text, word, sizeof word);
    length = process->id ? length + number_format_uint((uint64_t)process->id, text + length) : length - 1;
    text[length] = '\0';
    return length;
}

size_t net_text(const struct net_address *address, char *text)
{
    size_t length;
    in_port_t port;
    if (address->any.sa_family == AF_UNIX)
        return put_process(text, &address->process);
    if (address->any.sa_family == AF_INET) {
        length = put_v4(text, (const unsigned char *)&address->v4.sin_addr);
        port = address->v4.sin_port;
    } else {
        bool mapped = IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr);
        length = mapped ? put_v4(text, address->v6.sin6_addr.s6_addr + 12) : put_v6(text, &address->v6);
        port = address->v6.sin6_port;
    }
    text[length++] = ':';
    length += number_format_uint(ntohs(port), text + length);
    text[length] = '\0';
    return length;
}
