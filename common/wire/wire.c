#include "wire/wire.h"

#include "base/number.h"
#include "format/safe.h"

const struct wire_options wire_defaults = { .flavours = TAGS_ALL, .max_name = 4096 };

void wire_init(struct wire *w, const struct wire_options *options)
{
    *w = (struct wire){ .options = *options, .state = WIRE_AT_END };
    series_init(&w->series);
}

void wire_free(struct wire *w)
{
    series_free(&w->series);
}

void wire_open(struct wire *w, const char *line, size_t length)
{
    w->next = line;
    w->end = line + length;
    w->state = WIRE_AT_LINE;
}

static struct span between(const char *start, const char *end)
{
    return (struct span){ start, (size_t)(end - start) };
}

static bool begins(const char *p, const char *end, const char *with)
{
    size_t length = strlen(with);
    return (size_t)(end - p) >= length && memcmp(p, with, length) == 0;
}

/* The first `|` at or after p, or end; and the first of `|` and `:`. */
static const char *find_bar(const char *p, const char *end)
{
    const char *bar = memchr(p, '|', (size_t)(end - p));
    return bar ? bar : end;
}

static const char *find_stop(const char *p, const char *end)
{
    while (p < end && *p != '|' && *p != ':')
        p++;
    return p;
}

static enum wire_event refuse(struct wire *w, enum wire_error error, struct span culprit)
{
    w->error = error;
    w->culprit = culprit;
    return WIRE_BAD;
}

static enum wire_event refuse_line(struct wire *w, enum wire_error error, struct span culprit)
{
    w->state = WIRE_AT_END;
    return refuse(w, error, culprit);
}

static bool is_safe(struct span name)
{
    size_t i = 0;
    while (i < name.length && (safe_classes[(unsigned char)name.text[i]] & SAFE_NAME))
        i++;
    return i == name.length;
}

static bool needs_escaping(struct span text)
{
    unsigned char classes = 0;
    for (size_t i = 0; i < text.length; i++)
        classes |= safe_classes[(unsigned char)text.text[i]];
    return classes & SAFE_ESCAPED;
}

/* Reads the name. WIRE_SAMPLE says that it is good and next is where its first chunk begins. */
static enum wire_event read_name(struct wire *w)
{
    struct span line = between(w->next, w->end);
    if (begins(w->next, w->end, "_e{") || begins(w->next, w->end, "_sc|")) {
        w->state = WIRE_AT_END;
        return WIRE_OTHER;
    }
    const char *stop = find_stop(w->next, w->end);
    if (stop == w->end || *stop == '|')
        return refuse_line(w, WIRE_NO_COLON, line);
    w->name = between(w->next, stop);
    w->name_is_plain = w->name.length && is_safe(w->name);
    struct span series = w->name;
    if (!w->name_is_plain) {
        if (!series_begin(&w->series, w->name, w->options.flavours, w->options.raw_names))
            return refuse_line(w, WIRE_NO_NAME, w->name);
        series = series_finish(&w->series);
    }
    if (series.length > w->options.max_name)
        return refuse_line(w, WIRE_NAME_TOO_LONG, w->name);
    w->next = stop + 1;
    w->state = WIRE_AT_CHUNK;
    return WIRE_SAMPLE;
}

/* The type of lines with these letters, or -1. */
static int find_type(struct span letters)
{
    int type = record_type_find(letters);
    return type >= 0 && record_traits[type].is_sent ? type : -1;
}

static bool read_rate(struct wire *w, struct span text)
{
    double rate;
    w->chunk.rate = text;
    return number_parse(text.text, text.length, &rate) == NUMBER_OK && rate > 0 && rate <= 1;
}

static bool read_time(struct wire *w, struct span text)
{
    int64_t seconds = 0;
    size_t i = 0;
    for (; i < text.length && text.text[i] >= '0' && text.text[i] <= '9'; i++)
        seconds = i < 10 ? seconds * 10 + (text.text[i] - '0') : 0;
    w->chunk.time = seconds * 1000;
    w->chunk.has_time = true;
    return i == text.length && i >= 1 && i <= 10;
}

/* The first tags of a chunk make `series` ready to take them. */
static void read_tags(struct wire *w, struct span text, bool first)
{
    if (first && w->name_is_plain)
        series_begin(&w->series, w->name, 0, true);
    else if (first)
        series_rewind(&w->series);
    series_add_dogstatsd(&w->series, text, w->options.raw_names);
}

/* What a chunk's fields have said so far. */
struct fields {
    enum wire_error error; /* the first that is wrong, WIRE_ERRORS for none */
    struct span culprit;
    bool has_tags;
};

static void note(struct fields *f, enum wire_error error, struct span culprit)
{
    if (f->error != WIRE_ERRORS)
        return;
    f->error = error;
    f->culprit = culprit;
}

/* Reads the field that begins at p and returns where it ends. */
static const char *read_field(struct wire *w, const char *p, struct fields *f)
{
    bool is_tags = begins(p, w->end, "#");
    bool is_ignored = begins(p, w->end, "c:") || begins(p, w->end, "e:") || begins(p, w->end, "card:");
    const char *end = is_tags || is_ignored ? find_bar(p, w->end) : find_stop(p, w->end);
    struct span field = between(p, end);
    if (is_ignored)
        return end;
    if (is_tags && (w->options.flavours & TAGS_DOGSTATSD)) {
        read_tags(w, between(p + 1, end), !f->has_tags);
        f->has_tags = true;
    } else if (begins(p, end, "@")) {
        if (!read_rate(w, between(p + 1, end)))
            note(f, WIRE_BAD_RATE, between(p + 1, end));
    } else if (begins(p, end, "T")) {
        if (!read_time(w, between(p + 1, end)))
            note(f, WIRE_BAD_TIME, field);
    } else {
        note(f, WIRE_BAD_FIELD, field);
    }
    return end;
}

/* The canonical series of the chunk; false when it is too long. */
static bool finish_series(struct wire *w, bool has_tags)
{
    w->chunk.plain = !w->options.raw_names;
    w->chunk.series = w->name;
    if (!has_tags && w->name_is_plain) {
        w->chunk.plain = true;
        return true;
    }
    if (!has_tags)
        series_rewind(&w->series);
    w->chunk.series = series_finish(&w->series);
    return w->chunk.series.length <= w->options.max_name;
}

/* Reads the type and the fields of the chunk whose values end at bar, and where the next chunk
 * begins. */
static struct fields read_fields(struct wire *w, const char *bar)
{
    struct fields fields = { .error = WIRE_ERRORS };
    const char *p = find_stop(bar + 1, w->end);
    struct span letters = between(bar + 1, p);
    int type = find_type(letters);
    w->chunk = (struct sample){ .rate = SPAN("1") };
    if (type < 0)
        note(&fields, WIRE_BAD_TYPE, letters);
    else
        w->type = (enum record_type)type;
    while (p < w->end && *p == '|')
        p = read_field(w, p + 1, &fields);
    w->next = p < w->end ? p + 1 : NULL;
    w->state = w->next ? WIRE_AT_CHUNK : WIRE_AT_END;
    return fields;
}

/* Reads the chunk at next up to its values. WIRE_SAMPLE says that they can be handed out. */
static enum wire_event read_chunk(struct wire *w)
{
    w->value = w->next;
    w->values_end = find_bar(w->next, w->end);
    if (w->values_end == w->end)
        return refuse_line(w, WIRE_NO_TYPE, between(w->value, w->end));
    struct fields fields = read_fields(w, w->values_end);
    if (fields.error != WIRE_ERRORS)
        return refuse(w, fields.error, fields.culprit);
    if (!finish_series(w, fields.has_tags))
        return refuse(w, WIRE_NAME_TOO_LONG, w->name);
    w->state = WIRE_AT_VALUE;
    return WIRE_SAMPLE;
}

/* Takes the next value off the chunk's. */
static struct span take_value(struct wire *w)
{
    size_t rest = (size_t)(w->values_end - w->value);
    const char *colon = record_type_has_members(w->type) ? NULL : memchr(w->value, ':', rest);
    struct span value = { w->value, colon ? (size_t)(colon - w->value) : rest };
    if (colon)
        w->value = colon + 1;
    else
        w->state = w->next ? WIRE_AT_CHUNK : WIRE_AT_END;
    return value;
}

static enum wire_event check_number(struct wire *w, struct sample *sample)
{
    const struct record_traits *traits = &record_traits[w->type];
    struct span value = sample->value;
    bool is_negative;
    enum number_result result = number_check(value.text, value.length, &is_negative);
    if (result != NUMBER_OK)
        return refuse(w, result == NUMBER_BAD ? WIRE_BAD_VALUE : WIRE_OVERFLOW, value);
    if (traits->value == RECORD_VALUE_NOT_NEGATIVE && is_negative)
        return refuse(w, WIRE_NEGATIVE, value);
    bool is_signed = *value.text == '+' || *value.text == '-';
    if (is_signed && !w->options.absolute_gauges)
        sample->type = (enum record_type)traits->with_sign;
    return WIRE_SAMPLE;
}

static enum wire_event read_value(struct wire *w, struct sample *sample)
{
    struct span value = take_value(w);
    if (!value.length)
        return refuse(w, WIRE_NO_VALUE, value);
    *sample = w->chunk;
    sample->type = w->type;
    sample->value = value;
    if (!record_type_has_members(w->type))
        return check_number(w, sample);
    sample->plain = sample->plain && !needs_escaping(value);
    return WIRE_SAMPLE;
}

enum wire_event wire_next(struct wire *w, struct sample *sample)
{
    enum wire_event event = WIRE_SAMPLE;
    if (w->state == WIRE_AT_END)
        return WIRE_END;
    if (w->state == WIRE_AT_LINE)
        event = read_name(w);
    if (event == WIRE_SAMPLE && w->state == WIRE_AT_CHUNK)
        event = read_chunk(w);
    return event == WIRE_SAMPLE ? read_value(w, sample) : event;
}
