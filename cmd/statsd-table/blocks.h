/* blocks: aggregates → one block of output an interval.
 *
 * An interval ends with its row `own numStats`; where those rows are left out, when the time column changes or blocks_end is
 * called. Rows of types that were not asked for are left out, but tell the time like others. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/die.h"
#include "filter/out.h"
#include "grid.h"
#include "tsv.h"
#include "view.h"

enum numbers { NUMBERS_FITTING, NUMBERS_SHORT, NUMBERS_FULL };

struct blocks_options {
    struct selection selection;
    unsigned types;       /* those shown, a bit each: 1 << AGGREGATE_GAUGE */
    enum numbers numbers; /* fitting: short on a terminal, else full */
    bool tsv;
    size_t max_series;
};

struct blocks {
    const struct blocks_options *options;
    struct out *out;
    struct grid grid;
    struct tsv tsv;
    struct complaint left_out; /* aggregates past a limit; its total is how many there were */
    bool on_terminal, bold;
    bool is_open;  /* an interval has begun */
    bool has_ends; /* numStats rows have been seen, so there will be more */
    int64_t time;  /* of the open interval, in milliseconds */
    uint64_t intervals, rows;
    bool *column_seen; /* for each column asked for */
    bool sort_seen;
};

/* out and options stay the caller's; whether out is a terminal is looked up here. */
void blocks_init(struct blocks *b, const struct blocks_options *options, struct out *out);
void blocks_free(struct blocks *b);

/* Takes one aggregate, from the line number of where (for the message when it is past a limit). */
void blocks_take(struct blocks *b, const struct aggregate *a, const char *where, uint64_t number);

/* Writes what there is of an open interval. */
void blocks_end(struct blocks *b);

/* Says which of the names that were asked for no row ever had: they may be misspelt. */
void blocks_say_unseen(const struct blocks *b);

#endif
