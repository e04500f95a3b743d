/* width: how many columns bytes take in a terminal, independent of locale. A UTF-8 character takes
 * zero, one or two columns; bytes that are not printable characters are made visible. Pure
 * functions. */
#ifndef WIDTH_H
#define WIDTH_H

#include <stddef.h>

#include "base/span.h"

/* The first character of text[0..length); length is not 0. columns is -1 for bytes that cannot be
 * shown unchanged: a control or invisible formatting character, or a byte that is not UTF-8. Bytes
 * that are not UTF-8 are returned one at a time. */
struct glyph {
    size_t bytes; /* its length in text */
    int columns;  /* 0 to 2, or -1 */
};
struct glyph width_glyph(const char *text, size_t length);

/* Writes plain bytes in the form shown: `\t \n \r \0`, and `\xHH` for other bytes that cannot be
 * shown unchanged. `to` has room for 4 × plain.length bytes. Returns the end of what was
 * written. */
char *width_show(char *to, struct span plain);

/* Returns the number of columns that width_show's output takes. */
size_t width_of(struct span shown);

/* Returns the longest prefix of width_show's output that takes at most `columns`, including the
 * combining characters that follow its last character. Sets *used to the columns it takes. */
struct span width_cut(struct span shown, size_t columns, size_t *used);

#endif
