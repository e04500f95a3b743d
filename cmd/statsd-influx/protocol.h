/* protocol: a point → a line of InfluxDB's line protocol.
 *
 *     api.requests,env=prod,metric_type=counter count=3,rate=0.3 1700000010000000000
 *
 * The statistics are the fields, all of them floats. The series' name is the measurement, or with
 * --measurement the tag `name`.
 *
 * Bytes that the protocol cannot express, or that servers read differently, become `_`: a control
 * byte, a `#` at the beginning, and a backslash before a byte that is escaped or at the end. A key
 * that servers reserve, or that is used here, gets a `_` before it. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stddef.h>

#include "base/span.h"
#include "format/parts.h"
#include "format/points.h"

struct protocol {
    struct span measurement; /* of --measurement; empty: none */
    struct parts parts;
    char *keys; /* for tags that are renamed */
    size_t keys_capacity;
};

/* The measurement must live on; an empty one means that each series' name is its own. */
void protocol_init(struct protocol *p, struct span measurement);
void protocol_free(struct protocol *p);

/* The most bytes that protocol_write writes. */
size_t protocol_size(const struct protocol *p, const struct point *point);

/* Writes the line and its LF to `to` and returns the end. */
char *protocol_write(struct protocol *p, char *to, const struct point *point);

#endif
