#include "wire/wire.h"

#include "base/number.h"
#include "format/safe.h"
#include "wire/scan.h"

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
    struct span line = span_between(w->next, w->end);
    if (begins(w->next, w->end, "_e{") || begins(w->next, w->end, "_sc|")) {
        w->state = WIRE_AT_END;
        return WIRE_OTHER;
    }
    const char *stop = find_unsafe(w->next, w->end);
    bool is_safe = begins(stop, w->end, ":");
    if (!is_safe)
        stop = names_end(line, w->options.flavours);
    if (!stop)
        return refuse_line(w, WIRE_NO_COLON, line);
    w->name = span_between(w->next, stop);
    w->name_is_plain = is_safe && !safe_is_nothing(w->name);
    struct span series = w->name;
    if (!w->name_is_plain) {
        if (!series_begin(&w->series, w->name, w->options.flavours, w->options.raw_names))
            return refuse_line(w, WIRE_NO_NAME, w->name);
        series = w->own_series = series_finish(&w->series);
    }
    if (series.length > w->options.max_name)
        return refuse_line(w, WIRE_NAME_TOO_LONG, w->name);
    w->next = stop + 1;
    w->state = WIRE_AT_CHUNK;
    return WIRE_SAMPLE;
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
    w->own_series.length = 0;
    series_add_dogstatsd(&w->series, text, w->options.raw_names);
}

/* What a chunk's type and fields have said so far. */
struct fields {
    enum wire_error error; /* the last that is wrong, WIRE_ERRORS for none */
    struct span culprit;
    bool is_unknown; /* nothing that follows in the line is believed */
    bool has_tags;
};

static void note(struct fields *f, enum wire_error error, struct span culprit)
{
    f->error = error;
    f->culprit = culprit;
    f->is_unknown = error == WIRE_BAD_TYPE || error == WIRE_BAD_FIELD;
}

/* Reads the field that begins at p and returns where it ends. */
static const char *read_field(struct wire *w, const char *p, struct fields *f)
{
    bool is_rate = begins(p, w->end, "@"), is_time = begins(p, w->end, "T");
    const char *end = is_rate || is_time ? find_stop(p, w->end) : find_bar(p, w->end);
    if (begins(p, end, "#") && (w->options.flavours & TAGS_DOGSTATSD)) {
        read_tags(w, span_between(p + 1, end), !f->has_tags);
        f->has_tags = true;
    } else if (is_rate) {
        if (!read_rate(w, span_between(p + 1, end)))
            note(f, WIRE_BAD_RATE, span_between(p + 1, end));
    } else if (is_time) {
        if (!read_time(w, span_between(p + 1, end)))
            note(f, WIRE_BAD_TIME, span_between(p, end));
    } else if (!begins_word(p, end)) {
        note(f, WIRE_BAD_FIELD, span_between(p, end));
    }
    return end;
}

/* The series of a name that is not plain, without the tags of any chunk. */
static struct span own_series(struct wire *w)
{
    if (!w->own_series.length) {
        series_rewind(&w->series);
        w->own_series = series_finish(&w->series);
    }
    return w->own_series;
}

/* Sets the canonical series of the chunk; false when it is too long. */
static bool finish_series(struct wire *w, bool has_tags)
{
    if (!has_tags && w->name_is_plain)
        w->chunk.series = w->name;
    else if (has_tags)
        w->chunk.series = series_finish(&w->series);
    else
        w->chunk.series = own_series(w);
    w->chunk.plain = !w->options.raw_names || (!has_tags && w->name_is_plain);
    return w->chunk.series.length <= w->options.max_name;
}

/* Reads the type and the fields of the chunk whose values end at bar, and where the next chunk
 * begins. */
static struct fields read_fields(struct wire *w, const char *bar)
{
    struct fields fields = { .error = WIRE_ERRORS };
    const char *p = find_stop(bar + 1, w->end);
    struct span letters = span_between(bar + 1, p);
    int type = sent_type_find(letters);
    w->chunk = (struct sample){ .rate = SPAN("1") };
    if (type < 0)
        note(&fields, WIRE_BAD_TYPE, letters);
    else
        w->type = (enum record_type)type;
    while (p < w->end && *p == '|' && !fields.is_unknown)
        p = read_field(w, p + 1, &fields);
    w->next = p < w->end && !fields.is_unknown ? p + 1 : NULL;
    w->state = w->next ? WIRE_AT_CHUNK : WIRE_AT_END;
    return fields;
}

static enum wire_event check_number(struct wire *w, struct span value)
{
    bool is_negative;
    enum number_result result = number_check(value.text, value.length, &is_negative);
    if (result != NUMBER_OK)
        return refuse(w, result == NUMBER_BAD ? WIRE_BAD_VALUE : WIRE_OVERFLOW, value);
    if (record_traits[w->type].value == RECORD_VALUE_NOT_NEGATIVE && is_negative)
        return refuse(w, WIRE_NEGATIVE, value);
    return WIRE_SAMPLE;
}

static const char *find_value_end(const struct wire *w, const char *value)
{
    return record_type_has_members(w->type) ? w->values_end : find_stop(value, w->values_end);
}

/* All of a chunk's values are checked before the first is handed out. */
static enum wire_event check_values(struct wire *w)
{
    const char *p = w->value;
    for (;;) {
        const char *end = find_value_end(w, p);
        enum wire_event event = WIRE_SAMPLE;
        if (end == p)
            event = refuse(w, WIRE_NO_VALUE, span_between(p, end));
        else if (!record_type_has_members(w->type))
            event = check_number(w, span_between(p, end));
        if (event != WIRE_SAMPLE || end == w->values_end)
            return event;
        p = end + 1;
    }
}

/* Reads the chunk at next up to its values. WIRE_SAMPLE says that they can be handed out. */
static enum wire_event read_chunk(struct wire *w)
{
    w->value = w->next;
    w->values_end = find_bar(w->next, w->end);
    if (w->values_end == w->end)
        return refuse_line(w, WIRE_NO_TYPE, span_between(w->value, w->end));
    struct fields fields = read_fields(w, w->values_end);
    if (fields.error != WIRE_ERRORS)
        return refuse(w, fields.error, fields.culprit);
    enum wire_event event = check_values(w);
    if (event != WIRE_SAMPLE)
        return event;
    if (!finish_series(w, fields.has_tags))
        return refuse(w, WIRE_NAME_TOO_LONG, w->name);
    w->state = WIRE_AT_VALUE;
    return WIRE_SAMPLE;
}

void wire_skip_chunk(struct wire *w)
{
    w->state = w->next ? WIRE_AT_CHUNK : WIRE_AT_END;
}

/* Takes the next value off the chunk's. */
static struct span take_value(struct wire *w)
{
    const char *end = find_value_end(w, w->value);
    struct span value = span_between(w->value, end);
    if (end == w->values_end)
        wire_skip_chunk(w);
    else
        w->value = end + 1;
    return value;
}

static void read_value(struct wire *w, struct sample *sample)
{
    struct span value = take_value(w);
    bool is_signed = *value.text == '+' || *value.text == '-';
    *sample = w->chunk;
    sample->type = w->type;
    sample->value = value;
    if (record_type_has_members(w->type))
        sample->plain = sample->plain && !needs_escaping(value);
    else if (is_signed && !w->options.absolute_gauges)
        sample->type = (enum record_type)record_traits[w->type].with_sign;
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
    if (event == WIRE_SAMPLE)
        read_value(w, sample);
    return event;
}
