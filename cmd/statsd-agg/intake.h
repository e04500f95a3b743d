/* intake: lines of input into the cells of their intervals, a batch at a time. */
#ifndef INTAKE_H
#define INTAKE_H

#include "agg.h"

/* Takes a line; status is lines_next's. What it says takes effect at the latest when intake_settle is called, which must
 * be before the next lines_fill: the batch points into the lines' buffer. Event time writes what becomes due, blocking. */
void intake_take(struct agg *a, enum lines_status status, const struct line *line, uint64_t number);

/* Adds the batch, in the order of input. */
void intake_settle(struct agg *a);

#endif
