/* placing: a series → its partition.
 *
 * It is murmur2 of the canonical series, as Java's clients would hash it as a key, so a series has
 * the same partition whatever the order of its tags. */
#ifndef PLACING_H
#define PLACING_H

#include <stdint.h>

#include "base/span.h"
#include "format/record.h"

/* Begin with placing_init. */
struct placing {
    struct record_canonical canonical;
};
void placing_init(struct placing *p);
void placing_free(struct placing *p);

/* The partition of a record's series column, out of `partitions`, at least 1. */
int32_t placing_partition(struct placing *p, struct span series, int32_t partitions);

#endif
