#include "line.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "format/aggregate.h"

void line_init(struct line_writer *w, const struct line_options *options)
{
    *w = (struct line_writer){ .options = *options };
    struct wire_options reading = wire_defaults;
    reading.max_name = SIZE_MAX;
    wire_init(&w->wire, &reading);
    record_canonical_init(&w->canonical);
}

void line_free(struct line_writer *w)
{
    wire_free(&w->wire);
    record_canonical_free(&w->canonical);
    free(w->text);
    free(w->series);
}

static void put(struct line_writer *w, const char *bytes, size_t length)
{
    memcpy(w->text + w->length, bytes, length);
    w->length += length;
}

static void put_text(struct line_writer *w, const char *text)
{
    put(w, text, strlen(text));
}

/* --- tags ------------------------------------------------------------------------------------- */

/* The bytes before the first tag, between a key and its value, between two tags, and at the end. */
struct dialect {
    const char *before, *equals, *between, *after;
};

static struct dialect dialect_of(enum tags_flavour flavour)
{
    switch (flavour) {
    case TAGS_GRAPHITE: return (struct dialect){ ";", "=", ";", "" };
    case TAGS_INFLUX: return (struct dialect){ ",", "=", ",", "" };
    case TAGS_LIBRATO: return (struct dialect){ "#", "=", ",", "" };
    case TAGS_SIGNALFX: return (struct dialect){ "[", "=", ",", "]" };
    default: return (struct dialect){ "|#", ":", ",", "" };
    }
}

/* Writes the tags of a canonical series, `key=value;key=value`. */
static void put_tags(struct line_writer *w, struct span tags)
{
    struct dialect d = dialect_of(w->options.flavour);
    const char *end = tags.text + tags.length;
    if (!tags.length)
        return;
    put_text(w, d.before);
    for (const char *tag = tags.text; tag < end;) {
        const char *stop = memchr(tag, ';', (size_t)(end - tag)), *equals;
        stop = stop ? stop : end;
        equals = memchr(tag, '=', (size_t)(stop - tag));
        equals = equals ? equals : stop;
        put(w, tag, (size_t)(equals - tag));
        if (equals < stop) {
            put_text(w, d.equals);
            put(w, equals + 1, (size_t)(stop - equals - 1));
        }
        if (stop < end)
            put_text(w, d.between);
        tag = stop + 1;
    }
    put_text(w, d.after);
}

/* --- lines ------------------------------------------------------------------------------------ */

struct parts {
    struct span name, tags; /* unescaped */
    struct span value, rate;
    const char *letters;
    bool has_sign;
    int64_t time;
};

static void put_line(struct line_writer *w, const struct parts *p)
{
    char time[CLOCK_TEXT_MAX];
    bool has_field = w->options.flavour == TAGS_DOGSTATSD;
    put(w, p->name.text, p->name.length);
    if (!has_field)
        put_tags(w, p->tags);
    put_text(w, ":");
    if (p->has_sign && p->value.length && *p->value.text != '+' && *p->value.text != '-')
        put_text(w, "+");
    put(w, p->value.text, p->value.length);
    put_text(w, "|");
    put_text(w, p->letters);
    if (!span_is(p->rate, "1")) {
        put_text(w, "|@");
        put(w, p->rate.text, p->rate.length);
    }
    if (has_field)
        put_tags(w, p->tags);
    if (w->options.timestamps) {
        put_text(w, "|T");
        put(w, time, clock_format(p->time - p->time % 1000, time));
    }
}

static void reserve(struct line_writer *w, const struct record *r, struct span rate)
{
    size_t most = 2 * (2 * r->series.length + r->value.length + rate.length + CLOCK_TEXT_MAX + 32);
    if (w->capacity < most)
        w->text = xreallocarray(w->text, w->capacity = 2 * most, 1);
    if (w->series_capacity < r->series.length + r->value.length)
        w->series = xreallocarray(w->series, w->series_capacity = 2 * (r->series.length + r->value.length), 1);
    w->length = 0;
}

/* True if the line from `from` on gives one sample, with this series, type, value and rate. */
static bool says(struct line_writer *w, size_t from, const struct parts *p, struct span series, enum record_type type)
{
    struct sample sample, more;
    if (w->length == from || memchr(w->text + from, '\n', w->length - from))
        return false;
    wire_open(&w->wire, w->text + from, w->length - from);
    if (wire_next(&w->wire, &sample) != WIRE_SAMPLE || sample.type != type || !span_equal(sample.series, series) ||
        !span_equal(sample.rate, p->rate))
        return false;
    struct span value = sample.value;
    if (p->has_sign && value.length == p->value.length + 1)
        value = (struct span){ value.text + 1, value.length - 1 };
    return span_equal(value, p->value) && wire_next(&w->wire, &more) == WIRE_END;
}

struct span line_write(struct line_writer *w, const struct record *r, struct span rate)
{
    reserve(w, r, rate);
    char *series_end = aggregate_unescape(w->series, r->series);
    struct span series = span_between(w->series, series_end), value = r->value;
    if (record_type_has_members(r->type))
        value = span_between(series_end, aggregate_unescape(series_end, r->value));
    const char *semicolon = memchr(series.text, ';', series.length);
    const char *name_end = semicolon ? semicolon : series_end;
    struct parts p = {
        .name = span_between(series.text, name_end),
        .tags = semicolon ? span_between(semicolon + 1, series_end) : (struct span){ series_end, 0 },
        .value = value,
        .rate = rate,
        .letters = r->type == RECORD_GAUGE_DELTA ? "g" : record_type_letters(r->type),
        .has_sign = r->type == RECORD_GAUGE_DELTA,
        .time = r->time,
    };
    bool is_negative = r->type == RECORD_GAUGE && value.length && (*value.text == '-' || *value.text == '+');
    if (is_negative) {
        struct parts zero = p;
        zero.value = SPAN("0");
        put_line(w, &zero);
        if (!says(w, 0, &zero, series, RECORD_GAUGE))
            return (struct span){ NULL, 0 };
        put_text(w, "\n");
    }
    size_t from = w->length;
    put_line(w, &p);
    if (!says(w, from, &p, series, is_negative ? RECORD_GAUGE_DELTA : r->type))
        return (struct span){ NULL, 0 };
    return (struct span){ w->text, w->length };
}
