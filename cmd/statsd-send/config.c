#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/number.h"
#include "base/xalloc.h"

/* Cuts what follows the last `mark` off a place, and returns it; NULL if there is none. */
static char *cut_off(char *place, char mark)
{
    char *at = strrchr(place, mark);
    if (at)
        *at++ = '\0';
    return at;
}

static bool read_weight(const char *text, double *weight)
{
    *weight = 1;
    return !text || (number_parse(text, strlen(text), weight) == NUMBER_OK && *weight > 0);
}

static bool read_admin(const char *text, uint16_t *port)
{
    unsigned long number = text ? strtoul(text, NULL, 10) : 0;
    *port = (uint16_t)number;
    return !text || (strspn(text, "0123456789") == strlen(text) && number > 0 && number < 65536);
}

/* A path has neither port nor weight. */
bool config_add_place(struct config *c, enum net_kind kind, const char *text)
{
    bool is_path = kind == NET_UNIX || kind == NET_UNIXGRAM;
    char *place = xstrndup(text, strlen(text));
    const char *weight = is_path ? NULL : cut_off(place, '='), *admin = is_path ? NULL : cut_off(place, '@');
    size_t i = c->count++;
    c->outlets = xreallocarray(c->outlets, c->count, sizeof *c->outlets);
    c->nodes = xreallocarray(c->nodes, c->count, sizeof *c->nodes);
    c->admin = xreallocarray(c->admin, c->count, sizeof *c->admin);
    c->nodes[i] = (struct shard_node){ shard_hash((struct span){ place, strlen(place) }), 1, false };
    bool is_good = read_weight(weight, &c->nodes[i].weight) && read_admin(admin, &c->admin[i]) &&
                   outlet_parse(&c->outlets[i], kind, place);
    free(place);
    return is_good;
}

void config_open(const struct config *c)
{
    size_t connected = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct outlet *o = &c->outlets[i];
        if (outlet_open(o, c->mtu))
            connected++;
        else if (i + 1 == c->count && !connected)
            die_errno("connect %s %s", net_kind_name(o->kind), o->target.text);
        else
            warn("connect %s %s: %s: trying again", net_kind_name(o->kind), o->target.text, strerror(errno));
    }
}

struct health_check *config_checks(const struct config *c)
{
    struct health_check *checks = xcalloc(c->count, sizeof *checks);
    for (size_t i = 0; i < c->count; i++) {
        struct net_address *a = &checks[i].address;
        if (!c->admin[i])
            continue;
        *a = c->outlets[i].address;
        checks[i].name = c->outlets[i].target.text;
        uint16_t port = htons(c->admin[i]);
        if (a->any.sa_family == AF_INET)
            a->v4.sin_port = port;
        else
            a->v6.sin6_port = port;
    }
    return checks;
}

void config_free(struct config *c)
{
    free(c->outlets);
    free(c->nodes);
    free(c->admin);
}
