/* tagged: the batch's way for single-valued lines that have tags, a time, or a name that is not
 * plain: `name:number|type`, and then `|@rate`, `|#tags`, `|Ttime` and fields to ignore, each once,
 * in any order.
 *
 * Such a line is read by itself, part by part: in tags most bytes that may not stand in a name
 * bound nothing, and marking them would cost more than searching for the few that do. What a name
 * and a field of tags become is made by format/tags, as for the careful way, and remembered
 * (wire/memory.h). Every other line, and a name that has tags of its own and gets more from a
 * field, is left to wire/wire, which would make the same record of a line taken here. It takes a
 * third of the time that it takes there. */
#ifndef WIRE_TAGGED_H
#define WIRE_TAGGED_H

#include "format/tags.h"
#include "wire/memory.h"

/* Texts of one kind: what they became, and memory to make more. */
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
