/* Any bytes as a place to listen at, a place to send to, and a duration. What is accepted, written
 * out in full and read again, is the same. */
#include "fuzz.h"

#include "filter/opt.h"
#include "net/place.h"
#include "net/target.h"

static void check_host(const struct net_place *place)
{
    char text[NET_HOST_MAX + 16];
    struct net_place again;
    require(memchr(place->host, '\0', sizeof place->host) && !strpbrk(place->host, "[] "));
    snprintf(text, sizeof text, strchr(place->host, ':') ? "[%s]:%u" : "%s:%u", place->host, place->port);
    require(net_parse_place(place->kind, text, &again) && again.fd == -1);
    require(again.port == place->port && strcmp(again.host, place->host) == 0);
}

static void check_place(enum net_kind kind, const char *text)
{
    char written[64];
    struct net_place place, again;
    if (!net_parse_place(kind, text, &place))
        return;
    require(place.kind == kind && place.mode == NET_MODE_DEFAULT);
    if (place.fd >= 0) {
        snprintf(written, sizeof written, "fd:%d:%u", place.fd, place.drops);
        require(net_parse_place(kind, written, &again) && again.fd == place.fd && again.drops == place.drops);
    } else if (kind == NET_UDP || kind == NET_TCP) {
        check_host(&place);
    } else {
        require(strcmp(place.path, text) == 0 && *text);
    }
}

static void check_target(const char *text)
{
    struct net_target target, again;
    if (!net_parse_target(text, 2003, &target))
        return;
    long port = strtol(target.port, NULL, 10);
    require(*target.host && port > 0 && port <= UINT16_MAX);
    require(net_parse_target(target.text, 1, &again));
    require(strcmp(again.host, target.host) == 0 && strcmp(again.port, target.port) == 0);
    require(strcmp(again.text, target.text) == 0);
}

static void check_duration(const char *text)
{
    char written[32];
    int64_t duration, again;
    if (!opt_parse_duration(text, strlen(text), &duration))
        return;
    require(duration >= 0);
    snprintf(written, sizeof written, "%lldms", (long long)duration);
    require(opt_parse_duration(written, strlen(written), &again) && again == duration);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    for (int kind = NET_UDP; kind <= NET_UNIX; kind++)
        check_place((enum net_kind)kind, text);
    check_target(text);
    check_duration(text);
    free(text);
    return 0;
}
