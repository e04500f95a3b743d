/* view: which rows and columns of a grid are shown, and in what order. */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "grid.h"

/* What the user asked to see. */
struct selection {
    const struct span *columns; /* statistics, each once; NULL: all of them */
    size_t column_count;
    struct span sort; /* a statistic or `series`; empty: keep the order of the rows */
    bool reversed;    /* numbers ascending, names descending */
    size_t head;      /* the most rows to show of each table */
};

/* True unless the selection names columns and rows of this type can have none of them. A name that
 * no type has counts as one that every type has. */
bool view_has_type(const struct selection *s, enum aggregate_type type);

/* True if rows of this type can have a column called name, by the same rule. */
bool view_has_column(struct span name, enum aggregate_type type);

/* Selects and sorts the rows of one type, or of all types if type is AGGREGATE_TYPES. Numbers
 * sort descending (ascending if reversed), rows without a number come last, and equal rows keep
 * their order. Writes row numbers to rows, which has room for t->row_count of them, and returns
 * how many. */
size_t view_rows(const struct grid *t, const struct selection *s, enum aggregate_type type, uint32_t *rows);

#endif
