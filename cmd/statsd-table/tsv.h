/* tsv: intervals as rows between TABs, full numbers, for join(1) and spreadsheets.
 *
 *     series  type  count  rate  …  time
 *
 * A heading comes first; columns that later intervals bring stand behind those before them, and a new heading, after an
 * empty line, says so. */
#ifndef TSV_H
#define TSV_H

#include <stdbool.h>
#include <stdint.h>

#include "filter/out.h"
#include "view.h"

struct tsv {
    struct span *names; /* of the columns so far; owned */
    size_t count, capacity;
    bool begun; /* a heading has been written */
};

void tsv_init(struct tsv *tsv);
void tsv_free(struct tsv *tsv);

/* Writes the interval that ends at time (milliseconds since 1970). */
void tsv_interval(struct tsv *tsv, struct out *out, const struct grid *t, const struct selection *s, int64_t time);

#endif
