/* number: decimal text to double and back, independent of locale.
 *
 * Reading rounds correctly (to nearest, ties to even). Writing gives the shortest decimal that
 * reads back as the same double, in the style of ECMAScript's Number::toString (ECMA-262, section
 * 6.1.6.1.20): `0.1`, `1e+21`, `1.5e-7`. Nothing here allocates, prints, needs a NUL or reads past
 * the given length. The rarest readings are left to strtod, so no program may call setlocale. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes that number_format and number_format_uint write. They add no NUL. */
enum { NUMBER_TEXT_MAX = 32 };

enum number_result {
    NUMBER_OK,
    NUMBER_BAD,      /* does not match the grammar below */
    NUMBER_OVERFLOW, /* matches, but exceeds the largest finite double */
};

/* Reads the whole of text[0..length) as  [+-] digits [. digits] [(e|E) [+-] digits]  with at least
 * one digit before the exponent. `.5` and `5.` are allowed; hex, `inf`, `nan` and blanks are not.
 * Numbers that are too small become 0 or a subnormal and keep their sign. *value is set only on
 * NUMBER_OK. */
enum number_result number_parse(const char *text, size_t length, double *value);

/* Returns what number_parse would return for text[0..length), skipping the conversion if the text
 * alone decides. On NUMBER_OK, sets *negative to whether the value is less than zero (so false for
 * `-0` and `-1e-400`). */
enum number_result number_check(const char *text, size_t length, bool *negative);

/* Writes value, which must be finite, to text (room for NUMBER_TEXT_MAX bytes). Minus zero is
 * written as `0`. Returns the number of bytes written. */
size_t number_format(double value, char *text);

/* Writes value in decimal to text (room for NUMBER_TEXT_MAX bytes). Returns the number of bytes
 * written. */
size_t number_format_uint(uint64_t value, char *text);

/* Writes text[0..length), a number that number_parse reads, in the form of number_format, which
 * JSON accepts: unchanged if it has that form, otherwise formatted again (`+5`, `.5`, `5.`, `007`).
 * `to` has room for length + NUMBER_TEXT_MAX bytes. Returns the end of what was written. */
char *number_put(char *to, const char *text, size_t length);

#endif
