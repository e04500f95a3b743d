/* blocks: aggregates → one block of output an interval (format/rows.h has where it ends).
 *
 * Rows of types that were not asked for are left out. They belong to an interval like others, but
 * own rows alone make no block until numStats comes. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/die.h"
#include "filter/out.h"
#include "format/rows.h"
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
    struct rows rows;
    struct grid grid;
    struct tsv tsv;
    struct complaint left_out; /* aggregates past a limit; its total is how many there were */
    bool on_terminal, bold;
    bool is_open;      /* the interval will have a block */
    const char *where; /* the file and the number of the line under way */
    uint64_t number;
    uint64_t intervals, row_count;
    bool *column_seen; /* for each column asked for */
    bool sort_seen;
};

/* out and options stay the caller's; whether out is a terminal is looked up here. */
void blocks_init(struct blocks *b, const struct blocks_options *options, struct out *out);
void blocks_free(struct blocks *b);

/* Takes one line, which is line `number` of `where` (for the message when its aggregate is past a
 * limit). False: it is refused, and *refused has the reason. */
bool blocks_line(struct blocks *b, const struct rows_line *line, const char *where, uint64_t number,
                 struct rows_refusal *refused);

/* Writes the rows of an open interval. */
void blocks_end(struct blocks *b);

/* Reports the selected names that no row ever had: they may be misspelt. */
void blocks_say_unseen(const struct blocks *b);

#endif
