#include "format/points.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* What is remembered of a kind of row. */
struct point_kind {
    enum aggregate_type type;
    bool is_wanted;
    size_t statistic; /* bytes from the TAB after the series to the statistic */
};

/* --- the open point --------------------------------------------------------------------------- */

static void hand_over(struct points *p)
{
    if (!p->count)
        return;
    struct point point = {
        .series = p->series,
        .type = p->type,
        .time = p->rows.time,
        .time_text = rows_time_text(&p->rows),
        .values = p->values,
        .count = p->count,
    };
    p->owner->point(p->self, &point);
    p->count = p->kept = p->length = 0;
}

static inline bool is_of_open(const struct points *p, struct span series, enum aggregate_type type)
{
    return p->count && type == p->type && span_equal(series, p->series);
}

static void add(struct points *p, struct span statistic, struct span value)
{
    if (p->count == p->value_capacity) {
        p->value_capacity = 2 * p->value_capacity + 16;
        p->values = xreallocarray(p->values, p->value_capacity, sizeof *p->values);
    }
    struct point_value *to = &p->values[p->count++];
    to->statistic = statistic;
    to->value = value;
}

static void begin(struct points *p, struct span series, enum aggregate_type type)
{
    hand_over(p);
    p->series = series;
    p->type = type;
}

/* --- what stays open -------------------------------------------------------------------------- */

static size_t count_new_bytes(const struct points *p)
{
    size_t size = p->kept ? 0 : p->series.length;
    for (size_t i = p->kept; i < p->count; i++)
        size += p->values[i].statistic.length + p->values[i].value.length;
    return size;
}

static void copy(struct points *p, struct span *text)
{
    memcpy(p->bytes + p->length, text->text, text->length);
    text->text = p->bytes + p->length;
    p->length += text->length;
}

/* Lets what has been copied point to where the bytes are now. */
static void follow(struct points *p)
{
    const char *text = p->bytes;
    if (!p->kept)
        return;
    p->series.text = text;
    text += p->series.length;
    for (size_t i = 0; i < p->kept; i++) {
        p->values[i].statistic.text = text;
        p->values[i].value.text = text += p->values[i].statistic.length;
        text += p->values[i].value.length;
    }
}

static void keep(struct points *p)
{
    size_t size = count_new_bytes(p);
    if (p->capacity - p->length < size) {
        p->capacity = 2 * p->capacity + size;
        p->bytes = xreallocarray(p->bytes, p->capacity, 1);
        follow(p);
    }
    if (!p->kept && p->count)
        copy(p, &p->series);
    for (; p->kept < p->count; p->kept++) {
        copy(p, &p->values[p->kept].statistic);
        copy(p, &p->values[p->kept].value);
    }
}

/* --- the owner of the rows -------------------------------------------------------------------- */

static bool is_wanted(const struct points *p, enum aggregate_type type, struct span statistic)
{
    return !p->owner->wants || p->owner->wants(p->self, type, statistic);
}

static bool take_row(void *self, const struct aggregate *a, struct rows_refusal *refused)
{
    struct points *p = self;
    (void)refused;
    if (!is_of_open(p, a->series, a->type))
        begin(p, a->series, a->type);
    else if (!is_wanted(p, a->type, a->statistic))
        return true;
    add(p, a->statistic, a->value);
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
    struct point_kind *kind = data;
    *kind = (struct point_kind){ a->type, is_wanted(self, a->type, a->statistic),
                                 (size_t)(a->statistic.text - (a->series.text + a->series.length)) };
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
    bool is_good = rows_line(&p->rows, line, refused);
    keep(p);
    return is_good;
}

const char *points_rows(struct points *p, const char *from, const char *end, uint64_t *count)
{
    struct row row;
    const char *next;
    for (; (next = rows_next(&p->rows, from, end, &row)); from = next, ++*count) {
        const struct point_kind *kind = row.data;
        struct span series = span_between(from, row.kind);
        if (!is_of_open(p, series, kind->type))
            begin(p, series, kind->type);
        else if (!kind->is_wanted)
            continue;
        add(p, span_between(row.kind + kind->statistic, row.value - 1), span_between(row.value, row.value_end));
    }
    keep(p);
    return from;
}

void points_end(struct points *p)
{
    rows_end(&p->rows);
}
