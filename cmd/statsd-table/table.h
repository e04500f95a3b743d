/* table: the aggregates of one interval, gathered into rows and columns.
 *
 * A row is a series and a type, in order of first appearance; a column is a statistic of a type, likewise. A value given
 * twice keeps the last. The table owns copies of all names; memory grows with the values it holds and is kept for the next
 * interval. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregate.h"
#include "hash.h"
#include "span.h"

/* The most columns a type can have, and the most rows a table. */
enum { TABLE_COLUMNS_MAX = 1000 };
#define TABLE_ROWS_MAX 1000000000u

struct table_cell {
    double value;
    uint32_t column;
    uint32_t next; /* the row's next cell, or TABLE_NONE */
};
#define TABLE_NONE UINT32_MAX

struct table_row {
    struct span series; /* escaped */
    enum aggregate_type type;
    uint32_t first, last; /* cells, at least one */
    uint32_t hash;
};

struct table_columns {
    struct span *names; /* escaped */
    size_t count, capacity;
};

struct table {
    size_t max_rows;
    struct table_row *rows;
    size_t row_count, row_capacity;
    struct table_columns columns[AGGREGATE_TYPES];
    struct table_cell *cells;
    size_t cell_count, cell_capacity;
    uint32_t *slots; /* rows by the hash of their names; TABLE_NONE is free */
    size_t slot_count;
    struct hash_seed seed;
};

enum table_result {
    TABLE_ADDED,
    TABLE_FULL, /* a new row past max_rows: not taken */
    TABLE_WIDE  /* a new column past TABLE_COLUMNS_MAX: not taken */
};

/* max_rows is at most TABLE_ROWS_MAX. */
void table_init(struct table *t, size_t max_rows);
void table_free(struct table *t);

enum table_result table_add(struct table *t, const struct aggregate *a);

/* Empties it for the next interval. */
void table_clear(struct table *t);

/* The number of the type's column of that name, or -1. */
int table_column(const struct table *t, enum aggregate_type type, struct span name);

/* Sets values[c] to the row's value in its type's column c, or to NaN where it has none, for every column of the type;
 * values has room for TABLE_COLUMNS_MAX. */
void table_values(const struct table *t, size_t row, double *values);

/* The row's value in one column (-1 is none), or NaN. */
double table_value(const struct table *t, size_t row, int column);

#endif
