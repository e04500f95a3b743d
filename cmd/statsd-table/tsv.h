/* tsv: intervals as TAB-separated rows with full numbers, for join(1) and spreadsheets.
 *
 *     series  type  count  rate  …  time
 *
 * The output starts with a heading. If an interval brings new columns, they are added after the
 * existing ones, and an empty line and a new heading announce them. */
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

/* Begins an output without columns, and frees its names. */
void tsv_init(struct tsv *tsv);
void tsv_free(struct tsv *tsv);

/* Writes the interval that ends at time (milliseconds since 1970), after a heading if one is
 * due. */
void tsv_interval(struct tsv *tsv, struct out *out, const struct grid *t, const struct selection *s, int64_t time);

#endif
