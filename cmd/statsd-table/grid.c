#include "grid.h"

#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"

void grid_init(struct grid *t, size_t max_rows)
{
    *t = (struct grid){ .max_rows = max_rows, .slot_count = 64, .seed = hash_seed_random() };
    t->slots = xreallocarray(NULL, t->slot_count, sizeof *t->slots);
    memset(t->slots, 0xff, t->slot_count * sizeof *t->slots);
}

static void forget_names(struct grid *t)
{
    for (size_t i = 0; i < t->row_count; i++)
        free((char *)t->rows[i].series.text);
    for (size_t type = 0; type < AGGREGATE_TYPES; type++)
        for (size_t i = 0; i < t->columns[type].count; i++)
            free((char *)t->columns[type].names[i].text);
}

void grid_free(struct grid *t)
{
    forget_names(t);
    for (size_t type = 0; type < AGGREGATE_TYPES; type++)
        free(t->columns[type].names);
    free(t->rows);
    free(t->cells);
    free(t->slots);
}

void grid_clear(struct grid *t)
{
    forget_names(t);
    for (size_t type = 0; type < AGGREGATE_TYPES; type++)
        t->columns[type].count = 0;
    t->row_count = t->cell_count = 0;
    memset(t->slots, 0xff, t->slot_count * sizeof *t->slots);
}

static void *grown(void *array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 16;
    return xreallocarray(array, *capacity, size);
}

static struct span copy(struct span from)
{
    return (struct span){ xstrndup(from.text, from.length), from.length };
}

/* --- rows by name ----------------------------------------------------------------------------- */

static uint32_t hash_of(const struct grid *t, struct span series, enum aggregate_type type)
{
    return (uint32_t)hash_bytes(&t->seed, series.text, series.length, (unsigned)type);
}

/* Returns the slot of the row with that name and type, or the free slot where it would go. */
static size_t find_slot(const struct grid *t, struct span series, enum aggregate_type type, uint32_t hash)
{
    size_t mask = t->slot_count - 1, slot = hash & mask;
    for (; t->slots[slot] != GRID_NONE; slot = (slot + 1) & mask) {
        const struct grid_row *row = &t->rows[t->slots[slot]];
        if (row->hash == hash && row->type == type && span_equal(row->series, series))
            break;
    }
    return slot;
}

static void grow_slots(struct grid *t)
{
    t->slot_count *= 2;
    t->slots = xreallocarray(t->slots, t->slot_count, sizeof *t->slots);
    memset(t->slots, 0xff, t->slot_count * sizeof *t->slots);
    for (size_t i = 0; i < t->row_count; i++) {
        const struct grid_row *row = &t->rows[i];
        t->slots[find_slot(t, row->series, row->type, row->hash)] = (uint32_t)i;
    }
}

/* Returns the row of that name and type, adding it if it is new; NULL if the table is full.
 * Aggregates arrive series by series, so the last row is tried first. */
static struct grid_row *find_row(struct grid *t, struct span series, enum aggregate_type type)
{
    if (t->row_count) {
        struct grid_row *last = &t->rows[t->row_count - 1];
        if (last->type == type && span_equal(last->series, series))
            return last;
    }
    uint32_t hash = hash_of(t, series, type);
    size_t slot = find_slot(t, series, type, hash);
    if (t->slots[slot] != GRID_NONE)
        return &t->rows[t->slots[slot]];
    if (t->row_count >= t->max_rows)
        return NULL;
    t->rows = grown(t->rows, &t->row_capacity, t->row_count, sizeof *t->rows);
    t->slots[slot] = (uint32_t)t->row_count;
    struct grid_row *row = &t->rows[t->row_count++];
    *row = (struct grid_row){ copy(series), type, GRID_NONE, GRID_NONE, hash };
    if (t->row_count * 2 > t->slot_count)
        grow_slots(t);
    return row;
}

/* --- columns and cells ------------------------------------------------------------------------ */

int grid_column(const struct grid *t, enum aggregate_type type, struct span name)
{
    const struct grid_columns *columns = &t->columns[type];
    for (size_t i = 0; i < columns->count; i++)
        if (span_equal(columns->names[i], name))
            return (int)i;
    return -1;
}

/* Returns the number of the type's column of that name, adding it if it is new; -1 if there is no
 * room. The statistics of a series come in the same order every time, so the caller's guess is
 * tried first: it is usually right. */
static int find_column(struct grid *t, enum aggregate_type type, struct span name, uint32_t guess)
{
    struct grid_columns *columns = &t->columns[type];
    if (guess < columns->count && span_equal(columns->names[guess], name))
        return (int)guess;
    int column = grid_column(t, type, name);
    if (column >= 0 || columns->count >= GRID_COLUMNS_MAX)
        return column;
    columns->names = grown(columns->names, &columns->capacity, columns->count, sizeof *columns->names);
    columns->names[columns->count] = copy(name);
    return (int)columns->count++;
}

static struct grid_cell *find_cell(const struct grid *t, const struct grid_row *row, uint32_t column)
{
    uint32_t cell = row->first;
    while (cell != GRID_NONE && t->cells[cell].column != column)
        cell = t->cells[cell].next;
    return cell == GRID_NONE ? NULL : &t->cells[cell];
}

static void append_cell(struct grid *t, struct grid_row *row, uint32_t column, double value)
{
    t->cells = grown(t->cells, &t->cell_capacity, t->cell_count, sizeof *t->cells);
    uint32_t cell = (uint32_t)t->cell_count++;
    t->cells[cell] = (struct grid_cell){ value, column, GRID_NONE };
    if (row->last == GRID_NONE)
        row->first = cell;
    else
        t->cells[row->last].next = cell;
    row->last = cell;
}

enum grid_result grid_add(struct grid *t, const struct aggregate *a)
{
    struct grid_row *row = find_row(t, a->series, a->type);
    if (!row || t->cell_count >= GRID_NONE)
        return GRID_FULL;
    uint32_t guess = row->last == GRID_NONE ? 0 : t->cells[row->last].column + 1;
    int column = find_column(t, a->type, a->statistic, guess);
    if (column < 0)
        return GRID_WIDE;
    struct grid_cell *cell = find_cell(t, row, (uint32_t)column);
    if (cell)
        cell->value = a->number;
    else
        append_cell(t, row, (uint32_t)column, a->number);
    return GRID_ADDED;
}

void grid_values(const struct grid *t, size_t row, double *values)
{
    size_t count = t->columns[t->rows[row].type].count;
    for (size_t i = 0; i < count; i++)
        values[i] = NAN;
    for (uint32_t cell = t->rows[row].first; cell != GRID_NONE; cell = t->cells[cell].next)
        values[t->cells[cell].column] = t->cells[cell].value;
}

double grid_value(const struct grid *t, size_t row, int column)
{
    const struct grid_cell *cell = column < 0 ? NULL : find_cell(t, &t->rows[row], (uint32_t)column);
    return cell ? cell->value : NAN;
}
