#include "net/place.h"

#include <limits.h>
#include <string.h>

const char *net_kind_name(enum net_kind kind)
{
    static const char *const names[] = { "udp", "tcp", "unixgram", "unix" };
    return names[kind];
}

/* Reads the decimal number at *text up to most, and moves *text past it. */
static bool parse_number(const char **text, uint64_t most, uint64_t *value)
{
    const char *digit = *text;
    *value = 0;
    for (; *digit >= '0' && *digit <= '9' && *value <= most; digit++)
        *value = *value * 10 + (uint64_t)(*digit - '0');
    bool is_number = digit > *text && *value <= most;
    *text = digit;
    return is_number;
}

static bool parse_port(const char *text, uint16_t *port)
{
    uint64_t value;
    if (!parse_number(&text, UINT16_MAX, &value) || *text)
        return false;
    *port = (uint16_t)value;
    return true;
}

/* `PORT`, `:PORT`, `HOST:PORT` or `[IPV6]:PORT`. */
static bool parse_host(const char *text, struct net_place *place)
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

static bool parse_path(const char *text, struct net_place *place)
{
    size_t length = strlen(text);
    if (!length || length >= sizeof place->path)
        return false;
    memcpy(place->path, text, length + 1);
    return true;
}

/* `N` or `N:DROPS`. */
static bool parse_descriptor(const char *text, struct net_place *place)
{
    uint64_t fd, drops = 0;
    if (!parse_number(&text, INT_MAX, &fd))
        return false;
    if (*text == ':') {
        text++;
        if (!parse_number(&text, UINT32_MAX, &drops))
            return false;
    }
    place->fd = (int)fd;
    place->drops = (uint32_t)drops;
    return !*text;
}

bool net_parse_place(enum net_kind kind, const char *text, struct net_place *place)
{
    static const char prefix[] = "fd:";
    *place = (struct net_place){ .kind = kind, .fd = -1, .mode = NET_MODE_DEFAULT };
    if (strncmp(text, prefix, strlen(prefix)) == 0)
        return parse_descriptor(text + strlen(prefix), place);
    return kind == NET_UDP || kind == NET_TCP ? parse_host(text, place) : parse_path(text, place);
}

const char *net_place_expected(enum net_kind kind)
{
    return kind == NET_UDP || kind == NET_TCP ? "PORT, :PORT, ADDRESS:PORT, [IPV6]:PORT or fd:N"
                                              : "a path of 1 to 107 bytes, or fd:N";
}
