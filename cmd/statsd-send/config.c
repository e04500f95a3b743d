#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    snprintf(c->admin[i], sizeof c->admin[i], "%s", admin ? admin : "");
    long port = admin ? strtol(admin, NULL, 10) : 1;
    bool is_good = read_weight(weight, &c->nodes[i].weight) && port > 0 && port < 65536 &&
                   (!admin || (strspn(admin, "0123456789") == strlen(admin) && strlen(admin) < sizeof c->admin[i])) &&
                   outlet_parse(&c->outlets[i], kind, place);
    free(place);
    return is_good;
}

void config_free(struct config *c)
{
    free(c->outlets);
    free(c->nodes);
    free(c->admin);
}
