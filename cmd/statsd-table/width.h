/* width: how bytes look in a terminal, free of locale: UTF-8 of one, two or no columns a character, and what is no
 * printable character made visible. Pure functions. */
#ifndef WIDTH_H
#define WIDTH_H

#include <stddef.h>

#include "base/span.h"

/* The character at the front of text[0..length), length not 0. What cannot be shown as it is (a control or invisible
 * formatting character, a byte that is no UTF-8) has columns of -1; bytes that are no UTF-8 come one by one. */
struct glyph {
    size_t bytes;
    int columns;
};
struct glyph width_glyph(const char *text, size_t length);

/* Writes plain bytes as they are to be shown: `\t \n \r \0` and `\xHH` for what cannot be shown as it is. `to` has room for
 * 4 × its length; returns the end. */
char *width_show(char *to, struct span plain);

/* The columns that shown text, what width_show wrote, takes. */
size_t width_of(struct span shown);

/* The longest beginning of shown text that takes at most `columns`, with the combining characters behind it; *used is the
 * columns it takes. */
struct span width_cut(struct span shown, size_t columns, size_t *used);

#endif
