#include "wire/tagged.h"

#include "wire/bounds.h"
#include "wire/marked.h"
#include "wire/marks.h"
#include "wire/scan.h"

enum { TIME_DIGITS = 10 };

void tagged_init(struct tagged *t)
{
    memory_init(&t->names.memory);
    memory_init(&t->fields.memory);
    series_init(&t->names.series);
    series_init(&t->fields.series);
}

void tagged_free(struct tagged *t)
{
    memory_free(&t->names.memory);
    memory_free(&t->fields.memory);
    series_free(&t->names.series);
    series_free(&t->fields.series);
}

/* A line's parts. The spans that it doesn't have are empty. */
struct line {
    struct span series, tags; /* the canonical name, and `;key=value…` of a field */
    struct span value, rate, time;
    const struct marked_type *type;
    bool has_tags, is_plain;
};

/* Bytes that have been made safe need no escaping. */
static bool is_plain_text(const struct wire_batch *b, struct span text)
{
    unsigned char classes = 0;
    for (size_t i = 0; b->options.raw_names && i < text.length; i++)
        classes |= safe_classes[(unsigned char)text.text[i]];
    return !(classes & SAFE_ESCAPED);
}

/* Makes a series of a name that is not plain and ends at the last colon before the values, which
 * follows it. False when there is no series, or the grammar says that the name ends elsewhere. */
static bool make_name(struct wire_batch *b, struct span name, struct span *result)
{
    struct series *s = &b->tagged.names.series;
    const char *end = name.text + name.length;
    const struct wire_options *o = &b->options;
    if (begins(name.text, end, "_e{") || begins(name.text, end, "_sc|") ||
        names_end(span_between(name.text, end + 1), o->flavours) != end)
        return false;
    if (!series_begin(s, name, o->flavours, o->raw_names))
        return false;
    *result = series_finish(s);
    return is_plain_text(b, *result);
}

/* Makes `;key=value…` of a field's tags. */
static bool make_tags(struct wire_batch *b, struct span field, struct span *result)
{
    struct series *s = &b->tagged.fields.series;
    const struct span any = SPAN("x");
    series_begin(s, any, 0, true);
    series_add_dogstatsd(s, field, b->options.raw_names);
    struct span series = series_finish(s);
    *result = span_between(series.text + any.length, series.text + series.length);
    return is_plain_text(b, *result);
}

static inline bool recall_name(struct wire_batch *b, struct span name, struct span *result)
{
    struct wire_memory *m = &b->tagged.names.memory;
    uint32_t hash = memory_hash(m, name);
    if (memory_find(m, name, hash, result))
        return true;
    if (!make_name(b, name, result))
        return false;
    memory_add(m, name, hash, *result);
    return true;
}

static inline bool recall_tags(struct wire_batch *b, struct span field, struct span *result)
{
    struct wire_memory *m = &b->tagged.fields.memory;
    if (!field.length)
        return true;
    uint32_t hash = memory_hash(m, field);
    if (memory_find(m, field, hash, result))
        return true;
    if (!make_tags(b, field, result))
        return false;
    memory_add(m, field, hash, *result);
    return true;
}

/* Reads the field that begins at p, the byte after the bar. */
static inline bool read_field(struct wire_batch *b, const char *p, const char *end, struct line *line)
{
    switch (*p) {
    case '#':
        if (line->has_tags || !(b->options.flavours & TAGS_DOGSTATSD))
            return false;
        line->has_tags = true;
        line->tags = span_between(p + 1, end);
        return true;
    case '@':
        if (line->rate.length)
            return false;
        line->rate = span_between(p + 1, end);
        return marked_rate(b, p + 1, line->rate.length);
    case 'T':
        if (line->time.length || end - p != 1 + TIME_DIGITS)
            return false;
        line->time = span_between(p + 1, end);
        return true;
    default: return begins_word(p, end);
    }
}

/* Reads the fields between the type and the line's end. */
static inline bool read_fields(struct wire_batch *b, const char *p, const char *end, struct line *line)
{
    while (p < end) {
        const char *field = p + 1;
        p = bounds_field_end(field, end);
        if (p == field || !read_field(b, field, p, line))
            return false;
    }
    return true;
}

/* Reads the type after the bar. Returns its end, or NULL if there is no type. */
static inline const char *read_type(const char *bar, const char *end, struct line *line)
{
    const char *type_end = bar + marked_types[(unsigned char)bar[1]].end;
    if (type_end == bar || type_end > end || (type_end < end && *type_end != '|'))
        return NULL;
    line->type = marked_type(bar, type_end);
    return line->type ? type_end : NULL;
}

/* Reads the name, whose last byte is before the colon. */
static inline bool read_name(struct wire_batch *b, struct span name, bool is_plain, struct line *line)
{
    if (!is_plain)
        return recall_name(b, name, &line->series);
    line->series = name;
    return name.length && *name.text != '.'; /* nothing but dots is no name */
}

/* A name with tags of its own cannot take those of a field as they are. */
static inline bool read_tags(struct wire_batch *b, bool is_plain, struct line *line)
{
    if (!line->has_tags)
        return true;
    if (!is_plain && memchr(line->series.text, ';', line->series.length))
        return false;
    return recall_tags(b, line->tags, &line->tags);
}

static inline bool read_time(const struct wire_batch *b, struct span time)
{
    uint64_t front, back;
    if (!time.length)
        return true;
    if (*time.text == '0' || !digits_eight(time.text, &front) || !digits_eight(time.text + 2, &back))
        return false;
    int64_t millis = (int64_t)(front * 100 + back % 100) * 1000;
    int64_t skew = millis > b->time ? millis - b->time : b->time - millis;
    return !b->max_skew || skew <= b->max_skew;
}

/* Reads the line at `name`, which ends at newline. False when it is for others. */
static inline bool read_line(struct wire_batch *b, const char *name, const char *newline, struct line *line)
{
    const char *end = newline - (newline > name && newline[-1] == '\r'), *type_end;
    struct bounds at = bounds_find(name, end);
    if (at.bar >= end || *at.bar != '|' || *at.colon != ':' || at.bar == at.colon + 1)
        return false;
    line->value = span_between(at.colon + 1, at.bar);
    line->tags = line->rate = line->time = (struct span){ NULL, 0 };
    line->has_tags = false;
    if (!(type_end = read_type(at.bar, end, line)))
        return false;
    if (!line->type->has_members && !marks_is_number(at.colon + 1, line->value.length))
        return false;
    if (!read_fields(b, type_end, end, line) || (size_t)(newline - name) > b->max_line)
        return false;
    if (!read_time(b, line->time) || !read_name(b, span_between(name, at.colon), at.is_plain, line) ||
        !read_tags(b, at.is_plain, line))
        return false;
    line->is_plain = at.is_plain && !line->has_tags && !line->time.length;
    return line->series.length + line->tags.length <= b->options.max_name;
}

static inline char *write_record(const struct wire_batch *b, char *to, const struct line *line)
{
    const char *tail = b->tail;
    to = marked_move(to, line->series.text, line->series.length, NAME_MOVE);
    if (line->tags.length)
        to = marked_move(to, line->tags.text, line->tags.length, NAME_MOVE);
    memcpy(to, line->type->column, sizeof line->type->column);
    to = marked_move(to + line->type->end + 1, line->value.text, line->value.length, VALUE_MOVE);
    if (line->rate.length) {
        *to++ = '\t';
        to = marked_move(to, line->rate.text, line->rate.length, RATE_MOVE);
        tail += 2;
    }
    if (line->time.length) {
        memcpy(to, tail, 3);
        to += line->rate.length ? 1 : 3;
        memcpy(to, line->time.text, TIME_DIGITS);
        memcpy(to + TIME_DIGITS, ".000", 4);
        to += TIME_DIGITS + 4;
        tail = b->tail + 3 + b->time_length;
    }
    return marked_move(to, tail, (size_t)(b->tail + b->tail_length - tail), TAIL_MOVE);
}

static inline bool has_room(const struct wire_batch *b, const char *to, const char *to_end, const struct line *line)
{
    size_t size = line->series.length + line->tags.length + line->value.length + line->rate.length;
    return (size_t)(to_end - to) >= size + TIME_DIGITS + b->tail_length + OVERSHOOT;
}

enum wire_batch_stop tagged_write(struct wire_batch *b, char **to, const char *to_end, uint64_t *lines)
{
    const char *name = b->next, *newline;
    struct line line;
    while (b->by_line && name < b->end && (newline = bounds_line_end(name, b->end, b->ended)) != NULL) {
        b->next = name;
        if (!read_line(b, name, newline, &line))
            return WIRE_BATCH_ODD;
        if (!has_room(b, *to, to_end, &line))
            return WIRE_BATCH_FULL;
        char *series = *to;
        *to = write_record(b, *to, &line);
        if (b->gauge_signs && line.type->column[1] == 'g')
            gauge_signs_settle(b->gauge_signs, (struct span){ series, line.series.length + line.tags.length });
        ++*lines;
        b->by_line = line.is_plain ? b->by_line - 1 : TAGGED_LINES;
        name = newline + 1;
    }
    wire_batch_skip(b, name < b->end ? name : b->end);
    return WIRE_BATCH_END;
}
