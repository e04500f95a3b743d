#include "view.h"

#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"

static bool anything_has(struct span name)
{
    for (int type = 0; type < AGGREGATE_OWN; type++)
        if (aggregate_type_has((enum aggregate_type)type, name))
            return true;
    return false;
}

bool view_has_column(struct span name, enum aggregate_type type)
{
    return aggregate_type_has(type, name) || !anything_has(name);
}

bool view_has_type(const struct selection *s, enum aggregate_type type)
{
    for (size_t i = 0; i < s->column_count; i++)
        if (view_has_column(s->columns[i], type))
            return true;
    return !s->columns;
}

/* What qsort sees of a row. Ties are broken by order, so equal rows keep their order. */
struct sort_key {
    double number; /* ascending; NaN last */
    struct span name;
    uint32_t order;
};

static int compare_order(const struct sort_key *a, const struct sort_key *b)
{
    return a->order < b->order ? -1 : a->order > b->order;
}

static int compare_numbers(const void *left, const void *right)
{
    const struct sort_key *a = left, *b = right;
    if (isnan(a->number) != isnan(b->number))
        return isnan(a->number) ? 1 : -1;
    if (a->number < b->number || a->number > b->number)
        return a->number < b->number ? -1 : 1;
    return compare_order(a, b);
}

static int name_order(const struct sort_key *a, const struct sort_key *b)
{
    size_t shorter = a->name.length < b->name.length ? a->name.length : b->name.length;
    int order = memcmp(a->name.text, b->name.text, shorter);
    return order ? order : a->name.length < b->name.length ? -1 : a->name.length > b->name.length;
}

static int compare_names(const void *left, const void *right)
{
    int order = name_order(left, right);
    return order ? order : compare_order(left, right);
}

static int compare_names_falling(const void *left, const void *right)
{
    int order = name_order(right, left);
    return order ? order : compare_order(left, right);
}

static void sort_rows(const struct grid *t, const struct selection *s, uint32_t *rows, size_t count)
{
    struct sort_key *keys = xreallocarray(NULL, count ? count : 1, sizeof *keys);
    bool by_name = span_is(s->sort, "series");
    int columns[AGGREGATE_TYPES];
    for (int type = 0; type < AGGREGATE_TYPES; type++)
        columns[type] = grid_column(t, (enum aggregate_type)type, s->sort);
    for (size_t i = 0; i < count; i++) {
        const struct grid_row *row = &t->rows[rows[i]];
        double number = by_name ? 0 : grid_value(t, rows[i], columns[row->type]);
        keys[i] = (struct sort_key){ s->reversed ? number : -number, row->series, rows[i] };
    }
    qsort(keys, count, sizeof *keys, !by_name ? compare_numbers : s->reversed ? compare_names_falling : compare_names);
    for (size_t i = 0; i < count; i++)
        rows[i] = keys[i].order;
    free(keys);
}

size_t view_rows(const struct grid *t, const struct selection *s, enum aggregate_type type, uint32_t *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < t->row_count; i++)
        if ((type == AGGREGATE_TYPES || t->rows[i].type == type) && view_has_type(s, t->rows[i].type))
            rows[count++] = (uint32_t)i;
    if (s->sort.length)
        sort_rows(t, s, rows, count);
    return count < s->head ? count : s->head;
}
