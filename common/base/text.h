/* text: bytes that grow as they are written. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <string.h>

#include "base/number.h"
#include "base/span.h"
#include "base/xalloc.h"

/* Begin with zeros. The owner frees bytes. */
struct text {
    char *bytes;
    size_t length, capacity;
};

/* Returns room for size bytes. Write there, then call text_added with the number of bytes used. */
static inline char *text_room(struct text *t, size_t size)
{
    if (t->capacity - t->length < size || !t->bytes) {
        t->capacity = 2 * t->capacity + size + 1;
        t->bytes = xreallocarray(t->bytes, t->capacity, 1);
    }
    return t->bytes + t->length;
}

static inline void text_added(struct text *t, size_t size)
{
    t->length += size;
}

static inline void text_put(struct text *t, struct span from)
{
    if (from.length)
        memcpy(text_room(t, from.length), from.text, from.length);
    t->length += from.length;
}

static inline void text_put_string(struct text *t, const char *string)
{
    text_put(t, (struct span){ string, strlen(string) });
}

static inline void text_put_byte(struct text *t, char byte)
{
    *text_room(t, 1) = byte;
    t->length++;
}

/* value must be finite. */
static inline void text_put_number(struct text *t, double value)
{
    char *room = text_room(t, NUMBER_TEXT_MAX);
    text_added(t, number_format(value, room));
}

/* Appends formatted text. */
void text_print(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What it holds; valid until the next write. */
static inline struct span text_span(const struct text *t)
{
    return (struct span){ t->bytes, t->length };
}

#endif
