#include "net/place.h"

#include <string.h>

static bool parse_port(const char *text, uint16_t *port)
{
    unsigned value = 0;
    size_t digits = strspn(text, "0123456789");
    if (!digits || digits > 5 || text[digits])
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

bool net_parse_place(const char *text, struct net_place *place)
{
    const char *colon = strrchr(text, ':');
    const char *host = colon ? text : "127.0.0.1";
    size_t length = colon ? (size_t)(colon - text) : strlen(host);
    if (length && *host == '[') {
        if (length < 3 || host[length - 1] != ']')
            return false;
        host++;
        length -= 2;
    } else if (memchr(host, ':', length)) {
        return false;
    }
    if (length >= sizeof place->host || (length && strcspn(host, "[] ") < length))
        return false;
    memcpy(place->host, host, length);
    place->host[length] = '\0';
    return parse_port(colon ? colon + 1 : text, &place->port);
}
