/* intake: records into the cells of their intervals, a batch at a time. */
#ifndef INTAKE_H
#define INTAKE_H

#include "agg.h"

/* Takes every line that is buffered, in their order, unless --strict stops it; returns LINES_MORE or LINES_END as lines_next
 * does. Event time writes what becomes due, blocking. */
enum lines_status intake(struct agg *a, struct lines *in);

#endif
