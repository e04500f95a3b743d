/* span: a range of bytes that someone else owns. NUL is data; the bytes do not end in a NUL. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *text;
    size_t length;
};

/* A span of a string literal, as an expression and as an initialiser. */
#define SPAN(literal) ((struct span){ literal, sizeof(literal) - 1 })

static inline struct span span_between(const char *start, const char *end)
{
    return (struct span){ start, (size_t)(end - start) };
}

/* True if both hold the same bytes. */
static inline bool span_equal(struct span a, struct span b)
{
    return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* True if a holds the bytes of text, without its NUL. */
static inline bool span_is(struct span a, const char *text)
{
    return a.length == strlen(text) && memcmp(a.text, text, a.length) == 0;
}

#endif
