/* tagged: the batch's way for single-valued lines that have tags, a time, or a name that is not
 * plain: `name:number|type`, and then `|@rate`, `|#tags`, `|Ttime` and fields to ignore, each once,
 * in any order.
 *
 * Such a line is read part by part. Tags have many bytes that a name cannot have, and few of them
 * separate anything, so marking them would cost more than searching. format/tags computes the
 * series from a name and a field of tags, as in wire/wire, and the result is remembered
 * (wire/memory.h). Every other line, and a name with tags of its own that gets more from a field,
 * is left to wire/wire. For a line accepted here, wire/wire would make the same record, in three
 * times the time. */
#ifndef WIRE_TAGGED_H
#define WIRE_TAGGED_H

#include "format/tags.h"
#include "wire/memory.h"

/* Texts of one kind with their results, and memory to compute more. */
struct tagged_texts {
    struct wire_memory memory;
    struct series series;
};

/* Its insides are its own. */
struct tagged {
    struct tagged_texts names, fields;
};

void tagged_init(struct tagged *t);
void tagged_free(struct tagged *t);

#endif
