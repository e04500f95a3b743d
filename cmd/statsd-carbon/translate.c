#include "translate.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/find.h"
#include "base/xalloc.h"
#include "plaintext.h"

/* What is remembered of a kind of row. */
struct kind {
    bool wanted;
    struct path_frame frame;
};

/* --- refusals --------------------------------------------------------------------------------- */

static void summarize_refusals(struct translator *t)
{
    complaint_summary(&t->bad.complaint);
    complaint_summary(&t->unknown.complaint);
}

static void count_rejects_lost(struct translator *t)
{
    uint64_t lost = side_count_lost(t->options->rejects);
    t->figures->rejects_lost += (int64_t)(lost - t->rejects_lost_said);
    t->rejects_lost_said = lost;
}

/* A line of unknown type, perhaps of a later version, is not wrong, but not for us. */
static bool refuse(struct translator *t, const struct rows_line *line, uint64_t number, const struct rows_refusal *r)
{
    refusals_add(r->is_unknown ? &t->unknown : &t->bad,
                 &(struct refusal){ clock_wall_ms(), "stdin", number, r->what, r->culprit, r->why, line->text, false });
    if (t->figures && !r->is_unknown)
        t->figures->bad_lines++;
    return r->is_unknown;
}

static bool refuse_long(struct rows_refusal *refused, struct span path)
{
    *refused = (struct rows_refusal){ .what = "bad path",
                                      .culprit = path,
                                      .why = "its line is longer than the 16384 bytes Carbon takes" };
    return false;
}

/* --- the queue -------------------------------------------------------------------------------- */

static void say_dropped(struct translator *t)
{
    uint64_t dropped = t->queue->dropped - t->dropped_said;
    if (!dropped)
        return;
    complain(&t->dropped, "the buffer of %zu bytes is full: %llu lines dropped, the oldest first", t->queue->limit,
             (unsigned long long)dropped);
    t->dropped_said = t->queue->dropped;
    if (t->figures)
        t->figures->lines_dropped += (int64_t)dropped;
}

/* Makes the line in the queue's room a part of the queue, unless Carbon would hang up on it. */
static bool add(struct translator *t, const char *room, const char *end)
{
    size_t size = (size_t)(end - room);
    if (size > CARBON_LINE_MAX + 1)
        return false;
    queue_added(t->queue, size);
    /* An interval may be larger than what may wait; it then begins to leave before it is
     * complete. */
    if (queue_uncommitted(t->queue) > t->queue->limit / 2)
        queue_commit(t->queue);
    return true;
}

/* Adds a self-metric, with the time of the interval that has just ended. */
static void add_figure(void *self, struct span name, struct span value)
{
    static const struct span default_series = SPAN("statsd");
    struct translator *t = self;
    struct aggregate a = {
        .series = t->self ? (struct span){ t->self, t->self_length } : default_series,
        .type = AGGREGATE_OWN,
        .statistic = name,
        .value = value,
        .time_text = rows_time_text(&t->rows),
    };
    char *room = queue_room(t->queue, path_size(t->paths, &a));
    queue_added(t->queue, (size_t)(path_write(t->paths, room, &a) - room));
}

static void add_figures(struct translator *t)
{
    struct span calculation = { t->calculation, t->calculation_length };
    if (!calculation.length)
        calculation = SPAN("0");
    count_rejects_lost(t);
    add_figure(t, SPAN("graphiteStats.calculationtime"), calculation);
    figures_tell(t->figures, "graphiteStats.", add_figure, t);
    figures_begin(t->figures, t->queue, clock_monotonic_ms());
}

/* --- rows, one by one ------------------------------------------------------------------------- */

static void note_own(struct translator *t, const struct aggregate *a)
{
    if (a->series.length > t->self_capacity || !t->self) {
        t->self = xreallocarray(t->self, a->series.length + 1, 1);
        t->self_capacity = a->series.length;
    }
    memcpy(t->self, a->series.text, a->series.length);
    t->self_length = a->series.length;
    if (span_is(a->statistic, "processing_time") && a->value.length <= sizeof t->calculation) {
        memcpy(t->calculation, a->value.text, a->value.length);
        t->calculation_length = a->value.length;
    }
}

static bool is_wanted(const struct translator *t, const struct aggregate *a)
{
    if (a->type == AGGREGATE_OWN)
        return !t->options->no_self;
    return !(t->options->no_counts && a->type == AGGREGATE_COUNTER && span_is(a->statistic, "count"));
}

static bool take_row(void *self, const struct aggregate *a, struct rows_refusal *refused)
{
    struct translator *t = self;
    if (a->type == AGGREGATE_OWN)
        note_own(t, a);
    if (!is_wanted(t, a))
        return true;
    char *room = queue_room(t->queue, path_size(t->paths, a));
    return add(t, room, path_write(t->paths, room, a)) || refuse_long(refused, a->series);
}

static void take_end(void *self)
{
    struct translator *t = self;
    say_dropped(t);
    if (t->figures)
        add_figures(t);
    summarize_refusals(t);
    t->plain = false;
    t->calculation_length = 0;
    queue_commit(t->queue);
}

/* --- rows, the fast way ----------------------------------------------------------------------- */

enum { BLOCK = ROW_READABLE };

/* More than a row's line takes. */
enum { ROOM_LEAST = 2 * ROW_MOST + PATH_FRAME_HEAD_MOST + PATH_FRAME_TAIL_MOST };

/* The end of every line of an interval: a blank, the time, a LF. */
struct time_column {
    char text[32];
    size_t length;
};

_Static_assert((int)ROW_VALUE_MOST <= BLOCK / 2, "a value is copied as half a block");
_Static_assert((int)PATH_FRAME_HEAD_MOST == BLOCK && (int)PATH_FRAME_TAIL_MOST == BLOCK,
               "so are a frame's pieces, or as one");
_Static_assert(sizeof((struct time_column *)0)->text >= ROW_TIME_MOST + 2, "there is room for a time");

static bool learn(void *self, const struct aggregate *a, void *data)
{
    const struct translator *t = self;
    struct kind *kind = data;
    kind->wanted = is_wanted(t, a);
    return path_frame(t->paths, &kind->frame, a);
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

const char *translate_rows(struct translator *t, const char *from, const char *end, uint64_t *number)
{
    if (!t->rows.is_open)
        return from;
    char *room = queue_room(t->queue, ROOM_LEAST), *to = room, *to_end = room + queue_budget(t->queue);
    struct time_column time = time_column(&t->rows);
    uint64_t read = 0, written = 0;
    struct row row;
    const char *next;
    while (to_end - to >= ROOM_LEAST && (next = rows_next(&t->rows, from, end, &row)) && !may_have_name_tag(&row)) {
        const struct kind *kind = row.data;
        if (kind->wanted) {
            to = put_row(to, from, &row, &kind->frame, &time);
            written++;
        }
        from = next;
        read++;
    }
    queue_added_lines(t->queue, (size_t)(to - room), written);
    t->lines += read;
    *number += read;
    return from;
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool take_plaintext(struct translator *t, const struct rows_line *line, struct rows_refusal *refused)
{
    struct plaintext p;
    *refused = (struct rows_refusal){ .culprit = line->text };
    enum plaintext_error error = PLAINTEXT_OK;
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
    char *room = queue_room(t->queue, 2 * line->text.length + 1);
    t->plain = true;
    return add(t, room, plaintext_write(room, &p)) || refuse_long(refused, p.path);
}

bool translate_line(struct translator *t, const struct rows_line *line, uint64_t number)
{
    struct rows_refusal refused;
    if (!line->text.length)
        return true;
    t->lines++;
    bool is_row = memchr(line->text.text, '\t', line->text.length);
    bool taken = is_row ? rows_line(&t->rows, line, &refused) : take_plaintext(t, line, &refused);
    return taken || refuse(t, line, number, &refused);
}

void translate_pause(struct translator *t)
{
    if (t->plain) {
        say_dropped(t);
        queue_commit(t->queue);
    }
    t->plain = false;
}

void translate_flush(struct translator *t)
{
    if (t->rows.is_open) {
        rows_end(&t->rows);
        return;
    }
    t->plain = false;
    say_dropped(t);
    queue_commit(t->queue);
}

void translate_init(struct translator *t, const struct translate_options *options, const struct paths *paths,
                    struct queue *queue, struct figures *figures)
{
    static const struct rows_owner owner = { take_row, take_end, learn, sizeof(struct kind) };
    *t = (struct translator){
        .options = options,
        .paths = paths,
        .queue = queue,
        .figures = figures,
        .bad = { .complaint = { .what = "bad lines" }, .rejects = options->rejects, .strict = options->strict },
        .unknown = { .complaint = { .what = "lines of unknown type" }, .rejects = options->rejects },
        .dropped = { .what = "flushes with dropped lines" },
    };
    rows_init(&t->rows, &owner, t, die_program(), options->max_line);
}

void translate_summarize(struct translator *t)
{
    summarize_refusals(t);
    complaint_summary(&t->dropped);
}

void translate_free(struct translator *t)
{
    rows_free(&t->rows);
    free(t->self);
}
