/* view: which rows and columns of a table are shown, and in what order. */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "grid.h"

/* What the user asked to see. */
struct selection {
    const struct span *columns; /* statistics, each once; NULL: all there are */
    size_t column_count;
    struct span sort; /* a statistic or `series`; empty: as the rows came */
    bool reversed;    /* numbers rising, names falling */
    size_t head;      /* at most so many rows of a table */
};

/* True unless columns were asked for and a row of this type can have none of them. A name that no type can have counts as
 * one that all have. */
bool view_has_type(const struct selection *s, enum aggregate_type type);

/* True when the column asked for is one of the type's, by the same rule. */
bool view_has_column(struct span name, enum aggregate_type type);

/* Chooses and orders rows of one type, or of all with AGGREGATE_TYPES: numbers falling and rows without one last, equals as
 * they came. Writes their numbers to rows (room for all of the table's) and returns how many they are. */
size_t view_rows(const struct grid *t, const struct selection *s, enum aggregate_type type, uint32_t *rows);

#endif
