/* grammar: StatsD lines to records by the grammar (wire/wire.h) alone, a line at a time. What reads
 * many lines at once is tested against it. */
#ifndef GRAMMAR_H
#define GRAMMAR_H

#include <stdlib.h>
#include <string.h>

#include "format/record.h"
#include "wire/wire.h"

/* How lines are read. */
struct grammar {
    struct wire wire;
    size_t max_line;
    int64_t time; /* of samples that bring none */
    struct span source;
};

/* What they come to. Begin with zeros; text is to be freed. */
struct records {
    char *text, *end;
    size_t capacity;
    uint64_t lines;
};

/* Makes room for so many bytes more. */
static inline void records_reserve(struct records *out, size_t size)
{
    size_t used = (size_t)(out->end - out->text);
    if (out->text && out->capacity - used >= size)
        return;
    out->capacity = 2 * (used + size) + 1;
    out->text = realloc(out->text, out->capacity);
    out->end = out->text + used;
}

/* Adds the records of a line, which may end in CR; one that is too long has none. */
static inline void grammar_take(struct grammar *g, struct span line, struct records *out)
{
    struct sample sample;
    enum wire_event event;
    out->lines++;
    line.length -= line.length && line.text[line.length - 1] == '\r';
    if (line.length > g->max_line)
        return;
    wire_open(&g->wire, line.text, line.length);
    while ((event = wire_next(&g->wire, &sample)) != WIRE_END) {
        if (event != WIRE_SAMPLE)
            continue;
        if (!sample.has_time)
            sample.time = g->time;
        records_reserve(out, record_size(&sample, g->source.length));
        out->end = record_write(out->end, &sample, g->source);
    }
}

/* The same of the line that begins at p, up to its LF or the end; returns where the next begins. */
static inline const char *grammar_take_next(struct grammar *g, const char *p, const char *end, struct records *out)
{
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    grammar_take(g, (struct span){ p, (size_t)((newline ? newline : end) - p) }, out);
    return newline ? newline + 1 : end;
}

/* Whether they are the same records, of as many lines. */
static inline bool records_equal(const struct records *a, const struct records *b)
{
    size_t length = (size_t)(a->end - a->text);
    return a->lines == b->lines && length == (size_t)(b->end - b->text) &&
           (!length || !memcmp(a->text, b->text, length));
}

#endif
