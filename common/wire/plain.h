/* wire_plain: the straight path of common/wire for the line that most lines are, `name:number|type` or with `|@rate` behind
 * it, of a name and a member that need no mending. For common/wire alone. */
#ifndef WIRE_PLAIN_H
#define WIRE_PLAIN_H

#include "wire/wire.h"

/* True when the line w->next … w->end is such a one and good: *sample is all of it, pointing into the line. False tells
 * nothing: the line is to be read by the grammar. */
bool wire_plain(const struct wire *w, struct sample *sample);

#endif
