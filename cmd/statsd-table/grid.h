/* grid: the aggregates of one interval, gathered into rows and columns.
 *
 * A row is a series and a type; a column is a statistic of a type. Both are kept in order of first
 * appearance. If a value is given twice, the last one is kept. The grid owns copies of all names.
 * Memory grows with the number of values and is reused for the next interval. */
#ifndef GRID_H
#define GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/span.h"
#include "format/aggregate.h"

/* The largest number of columns per type, and of rows per grid. */
enum { GRID_COLUMNS_MAX = 1000 };
#define GRID_ROWS_MAX 1000000000u

struct grid_cell {
    double value;
    uint32_t column;
    uint32_t next; /* index of the row's next cell, or GRID_NONE */
};
#define GRID_NONE UINT32_MAX

struct grid_row {
    struct span series; /* escaped; owned */
    enum aggregate_type type;
    uint32_t first, last; /* indices into cells; a row has at least one */
    uint32_t hash;
};

struct grid_columns {
    struct span *names; /* escaped; owned */
    size_t count, capacity;
};

struct grid {
    size_t max_rows;
    struct grid_row *rows;
    size_t row_count, row_capacity;
    struct grid_columns columns[AGGREGATE_TYPES];
    struct grid_cell *cells;
    size_t cell_count, cell_capacity;
    uint32_t *slots; /* hash table: indices into rows, by series and type; GRID_NONE: free */
    size_t slot_count;
    struct hash_seed seed;
};

enum grid_result {
    GRID_ADDED,
    GRID_FULL, /* the row would exceed max_rows: not added */
    GRID_WIDE  /* the column would exceed GRID_COLUMNS_MAX: not added */
};

/* Initialises an empty grid of up to max_rows rows (at most GRID_ROWS_MAX), and frees its
 * memory. */
void grid_init(struct grid *t, size_t max_rows);
void grid_free(struct grid *t);

/* Adds an aggregate's number as the value of its series, type and statistic. Names are copied.
 * Returns GRID_ADDED, or why nothing was added. */
enum grid_result grid_add(struct grid *t, const struct aggregate *a);

/* Empties the grid for the next interval and keeps its memory. */
void grid_clear(struct grid *t);

/* Returns the number of the type's column called name (escaped), or -1 if there is none. */
int grid_column(const struct grid *t, enum aggregate_type type, struct span name);

/* Sets values[c] to the row's value in column c of its type, or to NaN if the row has none. values
 * has room for GRID_COLUMNS_MAX numbers; as many are set as the type has columns. */
void grid_values(const struct grid *t, size_t row, double *values);

/* Returns the row's value in one column of its type, or NaN if it has none or if column is -1. */
double grid_value(const struct grid *t, size_t row, int column);

#endif
