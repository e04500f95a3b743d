#include "tsv.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/xalloc.h"

void tsv_init(struct tsv *tsv)
{
    *tsv = (struct tsv){ 0 };
}

void tsv_free(struct tsv *tsv)
{
    for (size_t i = 0; i < tsv->count; i++)
        free((char *)tsv->names[i].text);
    free(tsv->names);
}

static bool has_name(const struct tsv *tsv, struct span name)
{
    for (size_t i = 0; i < tsv->count; i++)
        if (span_equal(tsv->names[i], name))
            return true;
    return false;
}

/* Adds the column if it is new, and returns true if it was. */
static bool add_name(struct tsv *tsv, struct span name)
{
    if (has_name(tsv, name))
        return false;
    if (tsv->count == tsv->capacity) {
        tsv->capacity = tsv->capacity ? tsv->capacity * 2 : 32;
        tsv->names = xreallocarray(tsv->names, tsv->capacity, sizeof *tsv->names);
    }
    tsv->names[tsv->count++] = (struct span){ xstrndup(name.text, name.length), name.length };
    return true;
}

static bool add_names(struct tsv *tsv, const struct grid *t, const struct selection *s)
{
    bool grown = false;
    for (size_t i = 0; i < s->column_count; i++)
        grown |= add_name(tsv, s->columns[i]);
    for (int type = 0; type < AGGREGATE_TYPES && !s->columns; type++)
        for (size_t i = 0; i < t->columns[type].count; i++)
            grown |= add_name(tsv, t->columns[type].names[i]);
    return grown;
}

static void put(struct out *out, struct span text, char end)
{
    char *to = out_room(out, text.length + 1);
    memcpy(to, text.text, text.length);
    to[text.length] = end;
    out_added(out, text.length + 1);
}

static void put_heading(struct tsv *tsv, struct out *out)
{
    if (tsv->begun)
        out_put(out, "\n", 1);
    tsv->begun = true;
    put(out, SPAN("series"), '\t');
    put(out, SPAN("type"), '\t');
    for (size_t i = 0; i < tsv->count; i++)
        put(out, tsv->names[i], '\t');
    put(out, SPAN("time"), '\n');
}

/* Returns, for each type and each column of the output, the number of the grid's column or -1. The
 * caller frees it. */
static int *map_columns(const struct tsv *tsv, const struct grid *t)
{
    int *map = xreallocarray(NULL, tsv->count * AGGREGATE_TYPES + 1, sizeof *map);
    for (int type = 0; type < AGGREGATE_TYPES; type++)
        for (size_t i = 0; i < tsv->count; i++)
            map[(size_t)type * tsv->count + i] = grid_column(t, (enum aggregate_type)type, tsv->names[i]);
    return map;
}

static void put_row(struct out *out, const struct grid_row *row, const int *map, size_t count, const double *values)
{
    char text[NUMBER_TEXT_MAX];
    const char *letters = aggregate_type_letters(row->type);
    put(out, row->series, '\t');
    put(out, (struct span){ letters, strlen(letters) }, '\t');
    for (size_t i = 0; i < count; i++) {
        bool there = map[i] >= 0 && !isnan(values[map[i]]);
        put(out, (struct span){ text, there ? number_format(values[map[i]], text) : 0 }, '\t');
    }
}

void tsv_interval(struct tsv *tsv, struct out *out, const struct grid *t, const struct selection *s, int64_t time)
{
    char time_text[CLOCK_TEXT_MAX];
    struct span stamp = { time_text, clock_format(time, time_text) };
    uint32_t *rows = xreallocarray(NULL, t->row_count + 1, sizeof *rows);
    size_t count = view_rows(t, s, AGGREGATE_TYPES, rows);
    if (count && (add_names(tsv, t, s) || !tsv->begun))
        put_heading(tsv, out);
    int *map = map_columns(tsv, t);
    double *values = xreallocarray(NULL, GRID_COLUMNS_MAX, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        const struct grid_row *row = &t->rows[rows[i]];
        grid_values(t, rows[i], values);
        put_row(out, row, map + (size_t)row->type * tsv->count, tsv->count, values);
        put(out, stamp, '\n');
    }
    free(rows);
    free(map);
    free(values);
}
