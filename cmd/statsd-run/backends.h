/* backends: the sinks that a config asks for. */
#ifndef BACKENDS_H
#define BACKENDS_H

#include <stdbool.h>

#include "reading.h"
#include "value.h"

/* True for a name that `backends` may have, without its path. */
bool backends_is_known(const char *name);

/* True if the config's `backends` has the name, with or without its path. */
bool backends_has(const struct value *config, const char *name);

/* `statsd-send HOST:PORT...`, or with --shard, for a list of objects with `host`, `port` and
 * `adminport`, as the reference's repeater and proxy have them; malloc'd. */
char *backends_send_text(struct reading *r, const struct value *list, bool is_sharded);

/* Fills the sinks of r->settings. */
void backends_read(struct reading *r);

#endif
