/* Any bytes as a wire line: every sample becomes a record that record_parse reads back unchanged,
 * every refusal's culprit is inside the line, and nothing comes after an unknown type or field. The
 * first byte selects the options. */
#include "fuzz.h"
#include "format/record.h"
#include "wire/wire.h"

enum { MAX_NAME = 200 };

static void check_sample(const struct sample *s, const char *line, size_t length)
{
    struct record r;
    struct span culprit;
    require(s->series.length > 0 && s->series.length <= MAX_NAME);
    require(is_inside(s->value, line, length));
    char *text = malloc(record_size(s, 0));
    size_t size = (size_t)(record_write(text, s, SPAN("")) - text);
    require(size <= record_size(s, 0) && text[size - 1] == '\n' && !memchr(text, '\n', size - 1));
    require(record_parse(text, size - 1, &r, &culprit) == RECORD_OK);
    require(r.type == s->type && r.time == s->time);
    if (s->plain)
        require(span_equal(r.series, s->series) && span_equal(r.value, s->value));
    free(text);
}

static void check_line(struct wire *w, const char *line, size_t length)
{
    struct sample sample;
    size_t events = 0;
    bool is_over = false;
    wire_open(w, line, length);
    for (;; events++)
        switch (wire_next(w, &sample)) {
        case WIRE_SAMPLE:
            if (!sample.has_time)
                sample.time = 1700000000123;
            if (!w->options.raw_names)
                require(series_is_canonical(sample.series));
            check_sample(&sample, line, length);
            require(!is_over);
            break;
        case WIRE_BAD:
            require(!is_over && w->error < WIRE_TOO_LONG && is_inside(w->culprit, line, length));
            is_over = w->error == WIRE_BAD_TYPE || w->error == WIRE_BAD_FIELD;
            break;
        case WIRE_OTHER: break;
        case WIRE_END: require(events >= 1 && events <= length + 1); return;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire w;
    if (size < 2)
        return 0;
    struct wire_options options = { data[0] & TAGS_ALL, data[0] & 32, data[0] & 64, MAX_NAME };
    wire_init(&w, &options);
    check_line(&w, (const char *)data + 1, size - 1);
    wire_free(&w);
    return 0;
}
