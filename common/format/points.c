#include "format/points.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* What is remembered of a kind of row. */
struct point_kind {
    enum aggregate_type type;
    size_t statistic; /* bytes from the TAB after the series to the statistic */
};

/* --- the open point --------------------------------------------------------------------------- */

static void append(struct points *p, struct span text)
{
    if (p->capacity - p->length < text.length) {
        p->capacity = 2 * p->capacity + text.length;
        p->bytes = xreallocarray(p->bytes, p->capacity, 1);
    }
    memcpy(p->bytes + p->length, text.text, text.length);
    p->length += text.length;
}

static void hand_over(struct points *p)
{
    if (!p->count)
        return;
    const char *text = p->bytes + p->series_length;
    for (size_t i = 0; i < p->count; i++) {
        p->values[i].statistic.text = text;
        p->values[i].value.text = text += p->values[i].statistic.length;
        text += p->values[i].value.length;
    }
    struct point point = {
        .series = { p->bytes, p->series_length },
        .type = p->type,
        .time = p->rows.time,
        .time_text = rows_time_text(&p->rows),
        .values = p->values,
        .count = p->count,
    };
    p->owner->point(p->self, &point);
    p->count = p->length = 0;
}

static void add(struct points *p, struct span series, enum aggregate_type type, struct point_value value)
{
    if (!p->count || type != p->type || !span_equal(series, (struct span){ p->bytes, p->series_length })) {
        hand_over(p);
        append(p, series);
        p->series_length = series.length;
        p->type = type;
    }
    if (p->count == p->value_capacity) {
        p->value_capacity = 2 * p->value_capacity + 16;
        p->values = xreallocarray(p->values, p->value_capacity, sizeof *p->values);
    }
    append(p, value.statistic);
    append(p, value.value);
    p->values[p->count++] = value;
}

/* --- the owner of the rows -------------------------------------------------------------------- */

static bool take_row(void *self, const struct aggregate *a, struct rows_refusal *refused)
{
    (void)refused;
    add(self, a->series, a->type, (struct point_value){ a->statistic, a->value });
    return true;
}

static void take_end(void *self)
{
    struct points *p = self;
    hand_over(p);
    if (p->owner->end)
        p->owner->end(p->self, p->rows.time);
}

static bool learn(void *self, const struct aggregate *a, void *data)
{
    (void)self;
    struct point_kind *kind = data;
    *kind = (struct point_kind){ a->type, (size_t)(a->statistic.text - (a->series.text + a->series.length)) };
    return true;
}

void points_init(struct points *p, const struct points_owner *owner, void *self, const char *program, size_t max_line)
{
    static const struct rows_owner rows_owner = { take_row, take_end, learn, sizeof(struct point_kind) };
    *p = (struct points){ .owner = owner, .self = self };
    rows_init(&p->rows, &rows_owner, p, program, max_line);
}

void points_free(struct points *p)
{
    rows_free(&p->rows);
    free(p->bytes);
    free(p->values);
}

bool points_line(struct points *p, const struct rows_line *line, struct rows_refusal *refused)
{
    return rows_line(&p->rows, line, refused);
}

const char *points_rows(struct points *p, const char *from, const char *end, uint64_t *count)
{
    struct row row;
    const char *next;
    for (; (next = rows_next(&p->rows, from, end, &row)); from = next, ++*count) {
        const struct point_kind *kind = row.data;
        const char *statistic = row.kind + kind->statistic;
        struct point_value value = { { statistic, (size_t)(row.value - 1 - statistic) },
                                     { row.value, (size_t)(row.value_end - row.value) } };
        add(p, (struct span){ from, (size_t)(row.kind - from) }, kind->type, value);
    }
    return from;
}

void points_end(struct points *p)
{
    rows_end(&p->rows);
}
