/* keys: the names of a config's values, and the handling of those that need only a row in a
 * table. */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>

enum key_use {
    KEY_READ,      /* by settings.c */
    KEY_RECEIVE,   /* an option of statsd-recv */
    KEY_AGGREGATE, /* of statsd-agg */
    KEY_REFUSED,   /* what does its work: `use` says it */
};

struct key {
    const char *name;
    enum key_use use;
    const char *text; /* the option's name, or for KEY_REFUSED what to do instead */
};

/* The row, or NULL. */
const struct key *keys_find(const char *name);

/* The known name that is nearest to one that is unknown, or NULL if none is near. */
const char *keys_nearest(const char *name);

#endif
