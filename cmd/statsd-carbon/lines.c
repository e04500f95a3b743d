#include "lines.h"

#include <string.h>

#include "base/find.h"
#include "plaintext.h"

/* What is remembered of a kind of row. */
struct kind {
    bool wanted;
    struct path_frame frame;
};

/* --- rows, one by one ------------------------------------------------------------------------- */

/* Adds the line in the sink's room, unless Carbon would hang up on it. */
static bool add(struct sink *s, const char *room, const char *end, struct span path, struct rows_refusal *refused)
{
    size_t size = (size_t)(end - room);
    if (size <= CARBON_LINE_MAX + 1) {
        sink_added(s, size);
        return true;
    }
    *refused = (struct rows_refusal){ .what = "bad path",
                                      .culprit = path,
                                      .why = "its line is longer than the 16384 bytes Carbon takes" };
    return false;
}

static void note_own(struct carbon_lines *c, const struct aggregate *a)
{
    if (!span_is(a->statistic, "processing_time") || a->value.length > sizeof c->calculation)
        return;
    memcpy(c->calculation, a->value.text, a->value.length);
    c->calculation_length = a->value.length;
}

static bool is_wanted(const struct carbon_lines *c, const struct aggregate *a)
{
    return !(c->no_counts && a->type == AGGREGATE_COUNTER && span_is(a->statistic, "count"));
}

static bool put_aggregate(const struct carbon_lines *c, struct sink *s, const struct aggregate *a,
                          struct rows_refusal *refused)
{
    char *room = sink_room(s, path_size(c->paths, a));
    return add(s, room, path_write(c->paths, room, a), a->series, refused);
}

static bool take_row(void *self, struct sink *s, const struct aggregate *a, struct rows_refusal *refused)
{
    struct carbon_lines *c = self;
    if (a->type == AGGREGATE_OWN)
        note_own(c, a);
    return !is_wanted(c, a) || put_aggregate(c, s, a, refused);
}

/* Self-metrics. */
static bool take_point(void *self, struct sink *s, const struct point *p, struct rows_refusal *refused)
{
    const struct carbon_lines *c = self;
    for (size_t i = 0; i < p->count; i++) {
        const struct aggregate a = { .series = p->series,
                                     .type = p->type,
                                     .statistic = p->values[i].statistic,
                                     .value = p->values[i].value,
                                     .time_text = p->time_text };
        if (!put_aggregate(c, s, &a, refused))
            return false;
    }
    return true;
}

static void take_end(void *self, struct sink *s, bool tells)
{
    struct carbon_lines *c = self;
    const struct span none = SPAN("0"), known = { c->calculation, c->calculation_length };
    const struct point_value value = { SPAN("graphiteStats.calculationtime"), known.length ? known : none };
    struct rows_refusal refused;
    const struct point p = {
        .series = sink_own_series(s),
        .type = AGGREGATE_OWN,
        .time_text = sink_time_text(s),
        .values = &value,
        .count = 1,
    };
    if (tells)
        take_point(c, s, &p, &refused);
    c->calculation_length = 0;
}

/* --- rows, the fast way ----------------------------------------------------------------------- */

enum { BLOCK = ROW_READABLE };

/* More than a row's line takes. */
enum { ROOM_LEAST = 2 * ROW_MOST + PATH_FRAME_HEAD_MOST + PATH_FRAME_TAIL_MOST };

/* In smaller batches too much room would be left over. */
enum { ROOM_PART = 4 };

/* The end of every line of an interval: a blank, the time, a LF. */
struct time_column {
    char text[32];
    size_t length;
};

_Static_assert((int)ROW_VALUE_MOST <= BLOCK / 2, "a value is copied as half a block");
_Static_assert((int)PATH_FRAME_HEAD_MOST == BLOCK && (int)PATH_FRAME_TAIL_MOST == BLOCK,
               "so are a frame's pieces, or as one");
_Static_assert(sizeof((struct time_column *)0)->text >= ROW_TIME_MOST + 2, "there is room for a time");

static bool learn(void *self, struct sink *s, const struct aggregate *a, void *data)
{
    const struct carbon_lines *c = self;
    struct kind *kind = data;
    (void)s;
    kind->wanted = is_wanted(c, a);
    return path_frame(c->paths, &kind->frame, a);
}

static struct time_column time_column(const struct rows *r)
{
    struct time_column c = { .text = " " };
    struct span time = rows_time_text(r);
    if (time.length > ROW_TIME_MOST)
        return c; /* rows_next will take nothing */
    memcpy(c.text + 1, time.text, time.length);
    c.text[1 + time.length] = '\n';
    c.length = time.length + 2;
    return c;
}

/* Copies blocks, up to one more than necessary; what comes next overwrites the rest. */
static inline char *put(char *to, const char *from, size_t length)
{
    size_t done = 0;
    do
        memcpy(to + done, from + done, BLOCK);
    while ((done += BLOCK) < length);
    return to + length;
}

/* The same of few bytes, mostly less than half a block. */
static inline char *put_few(char *to, const char *from, size_t length)
{
    memcpy(to, from, BLOCK / 2);
    if (length > BLOCK / 2)
        memcpy(to + BLOCK / 2, from + BLOCK / 2, BLOCK / 2);
    return to + length;
}

static inline char *put_row(char *to, const char *line, const struct row *row, const struct path_frame *frame,
                            const struct time_column *time)
{
    to = put_few(to, frame->head, frame->head_length);
    to = put(to, line, (size_t)(row->name_end - line));
    to = put_few(to, frame->tail, frame->tail_length);
    if (row->name_end != row->kind)
        to = put(to, row->name_end, (size_t)(row->kind - row->name_end));
    *to++ = ' ';
    memcpy(to, row->value, BLOCK / 2);
    to += row->value_end - row->value;
    memcpy(to, time->text, sizeof time->text);
    return to + time->length;
}

/* True where a tag may have the key `name`, which path_write renames: `;n...=` is near enough. Some
 * bytes after the tags are looked at too. */
static inline bool may_have_name_tag(const struct row *row)
{
    uint32_t found = 0;
    for (const char *p = row->name_end; p < row->kind; p += FIND_BLOCK)
        found |= find_bits(p, ';') & find_bits(p + 1, 'n') & find_bits(p + 5, '=');
    return found;
}

static const char *take_rows(void *self, struct sink *s, const char *from, const char *end, uint64_t *count)
{
    (void)self;
    if (s->queue.limits.batch_bytes < ROOM_PART * ROOM_LEAST)
        return from;
    char *room = sink_room(s, ROOM_LEAST), *to = room, *to_end = room + sink_budget(s);
    struct time_column time = time_column(&s->rows);
    uint64_t read = 0, written = 0;
    struct row row;
    const char *next;
    while (to_end - to >= ROOM_LEAST && (next = rows_next(&s->rows, from, end, &row)) && !may_have_name_tag(&row)) {
        const struct kind *kind = row.data;
        if (kind->wanted) {
            to = put_row(to, from, &row, &kind->frame, &time);
            written++;
        }
        from = next;
        read++;
    }
    sink_added_points(s, (size_t)(to - room), written);
    *count += read;
    return from;
}

/* --- plaintext -------------------------------------------------------------------------------- */

static bool take_plaintext(void *self, struct sink *s, const struct rows_line *line, struct rows_refusal *refused)
{
    struct plaintext p;
    enum plaintext_error error = PLAINTEXT_OK;
    (void)self;
    *refused = (struct rows_refusal){ .culprit = line->text };
    if (line->too_long) {
        refused->what = "bad line";
        refused->why = aggregate_error_why(AGGREGATE_TOO_LONG);
    } else if (line->torn) {
        refused->what = "torn line";
        refused->why = aggregate_error_why(AGGREGATE_TORN);
    } else if ((error = plaintext_parse(line->text, &p, &refused->culprit)) != PLAINTEXT_OK) {
        refused->what = plaintext_error_what(error);
        refused->why = plaintext_error_why(error);
    }
    if (refused->what)
        return false;
    char *room = sink_room(s, 2 * line->text.length + 1);
    return add(s, room, plaintext_write(room, &p), p.path, refused);
}

const struct sink_format carbon_format = {
    .figures = "graphiteStats.",
    .point_lines = 1,
    .point = take_point,
    .row = take_row,
    .learn = learn,
    .kind_size = sizeof(struct kind),
    .rows = take_rows,
    .line = take_plaintext,
    .interval = take_end,
};
