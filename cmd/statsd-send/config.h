/* config: the values of the command line of statsd-send, and its places. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/options.h"
#include "health.h"
#include "line.h"
#include "outlet.h"
#include "shard.h"

struct config {
    struct filter_options filter;
    struct line_options line;
    struct outlet *outlets;
    struct shard_node *nodes; /* one for each */
    uint16_t *admin;          /* their admin ports, or 0 */
    int64_t health_interval;  /* ms */
    size_t count;
    size_t mtu;
    double speed;  /* 0: at once */
    uint64_t rate; /* lines per second; 0: no limit */
    bool shards, raw;
};

/* Reads HOST:PORT, with @ADMINPORT and =WEIGHT after it, or a path, and adds it. False: it is
 * malformed. */
bool config_add_place(struct config *c, enum net_kind kind, const char *text);

/* Connects the places. One that cannot be connected is reported and tried again later, if another
 * is connected; else the program ends. */
void config_open(const struct config *c);

/* Returns a check of each place, at the address that lines are sent to, without a name for those
 * without an admin port. The caller frees the array. */
struct health_check *config_checks(const struct config *c);

/* Frees the places. */
void config_free(struct config *c);

#endif
