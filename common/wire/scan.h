/* scan: finds the bytes that separate the parts of a line. For wire/wire.c alone. */
#ifndef WIRE_SCAN_H
#define WIRE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "format/safe.h"

/* True if the text `with` is at p. */
static inline bool begins(const char *p, const char *end, const char *with)
{
    size_t length = strlen(with);
    return (size_t)(end - p) >= length && memcmp(p, with, length) == 0;
}

/* The first `|` at or after p, or end. */
static inline const char *find_bar(const char *p, const char *end)
{
    const char *bar = memchr(p, '|', (size_t)(end - p));
    return bar ? bar : end;
}

/* The same for the first of `|` and `:`. */
static inline const char *find_stop(const char *p, const char *end)
{
    while (p < end && *p != '|' && *p != ':')
        p++;
    return p;
}

/* The first byte at or after p that a name cannot have, or end. */
static inline const char *find_unsafe(const char *p, const char *end)
{
    while (p < end && (safe_classes[(unsigned char)*p] & SAFE_NAME))
        p++;
    return p;
}

static inline bool is_word_byte(char byte)
{
    bool is_other_in_name = byte == '.' || byte == '-' || byte == '=';
    return (safe_classes[(unsigned char)byte] & SAFE_NAME) && !is_other_in_name;
}

/* True if p may be a field that a later DogStatsD has added: a word of at most 16 bytes and a `:`.
 * DogStatsD asks servers to ignore fields that they don't know. */
static inline bool begins_word(const char *p, const char *end)
{
    enum { WORD_MOST = 16 };
    if (p == end || *p < 'a' || *p > 'z')
        return false;
    const char *last = end - p > WORD_MOST ? p + WORD_MOST : end;
    while (p < last && is_word_byte(*p))
        p++;
    return p < end && *p == ':';
}

#endif
