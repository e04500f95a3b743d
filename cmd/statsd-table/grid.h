/* grid: the aggregates of one interval, gathered into rows and columns.
 *
 * A row is a series and a type, in order of first appearance; a column is a statistic of a type, likewise. A value given
 * twice keeps the last. The table owns copies of all names; memory grows with the values it holds and is kept for the next
 * interval. */
#ifndef GRID_H
#define GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/span.h"
#include "format/aggregate.h"

/* The most columns a type can have, and the most rows a table. */
enum { GRID_COLUMNS_MAX = 1000 };
#define GRID_ROWS_MAX 1000000000u

struct grid_cell {
    double value;
    uint32_t column;
    uint32_t next; /* the row's next cell, or GRID_NONE */
};
#define GRID_NONE UINT32_MAX

struct grid_row {
    struct span series; /* escaped */
    enum aggregate_type type;
    uint32_t first, last; /* cells, at least one */
    uint32_t hash;
};

struct grid_columns {
    struct span *names; /* escaped */
    size_t count, capacity;
};

struct grid {
    size_t max_rows;
    struct grid_row *rows;
    size_t row_count, row_capacity;
    struct grid_columns columns[AGGREGATE_TYPES];
    struct grid_cell *cells;
    size_t cell_count, cell_capacity;
    uint32_t *slots; /* rows by the hash of their names; GRID_NONE is free */
    size_t slot_count;
    struct hash_seed seed;
};

enum grid_result {
    GRID_ADDED,
    GRID_FULL, /* a new row past max_rows: not taken */
    GRID_WIDE  /* a new column past GRID_COLUMNS_MAX: not taken */
};

/* max_rows is at most GRID_ROWS_MAX. */
void grid_init(struct grid *t, size_t max_rows);
void grid_free(struct grid *t);

enum grid_result grid_add(struct grid *t, const struct aggregate *a);

/* Empties it for the next interval. */
void grid_clear(struct grid *t);

/* The number of the type's column of that name, or -1. */
int grid_column(const struct grid *t, enum aggregate_type type, struct span name);

/* Sets values[c] to the row's value in its type's column c, or to NaN where it has none, for every column of the type;
 * values has room for GRID_COLUMNS_MAX. */
void grid_values(const struct grid *t, size_t row, double *values);

/* The row's value in one column (-1 is none), or NaN. */
double grid_value(const struct grid *t, size_t row, int column);

#endif
