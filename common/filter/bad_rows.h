/* bad_rows: how a filter that reads aggregates reports lines that are not aggregates. */
#ifndef FILTER_BAD_ROWS_H
#define FILTER_BAD_ROWS_H

#include <stdint.h>

#include "base/die.h"
#include "base/span.h"
#include "filter/filter.h"
#include "filter/refusals.h"
#include "format/rows.h"

struct bad_rows {
    struct refusals refusals; /* "bad aggregates", with --rejects and --strict of the filter */
    struct complaint unknown; /* lines of a type of a later version, which are not wrong */
};

/* The filter has begun. */
void bad_rows_init(struct bad_rows *b, const struct filter *f);

/* Reports and counts a line that was refused: line `number` of the file `where`. If it is not of an
 * unknown type and the refusals are strict, the caller ends the run. */
void bad_rows_add(struct bad_rows *b, const char *where, uint64_t number, const struct rows_refusal *r,
                  struct span line);

/* True if there was a bad line and --strict is set, so that the run ends. */
static inline bool bad_rows_end_run(const struct bad_rows *b)
{
    return b->refusals.strict && b->refusals.complaint.total;
}

/* Prints how many messages have not been shown. */
void bad_rows_summarise(struct bad_rows *b);

#endif
