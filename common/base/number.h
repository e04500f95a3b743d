/* number: decimal text to double and back, free of locale.
 *
 * Reading is correctly rounded (to nearest, ties to even). Writing is the shortest decimal that reads back as the same
 * double, in the style of ECMAScript's Number::toString (ECMA-262, section 6.1.6.1.20): `0.1`, `1e+21`, `1.5e-7`.
 * Nothing here allocates, prints, needs a NUL or reads past the length it is given. Being free of locale rests on no
 * program calling setlocale: the rarest of readings are left to strtod. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes number_format and number_format_uint write; they add no NUL. */
enum { NUMBER_TEXT_MAX = 32 };

enum number_result {
    NUMBER_OK,
    NUMBER_BAD,      /* not of the grammar below */
    NUMBER_OVERFLOW, /* of the grammar, but larger than the largest finite double */
};

/* Reads the whole of text[0..length) as  [+-] digits [. digits] [(e|E) [+-] digits]  with at least one digit in front of
 * the exponent (`.5` and `5.` are fine; hex, `inf`, `nan` and blanks are not). What is too small becomes 0 or a
 * subnormal, with the sign kept. *value is set only on NUMBER_OK. */
enum number_result number_parse(const char *text, size_t length, double *value);

/* Checks what number_parse would say of text[0..length), without paying for the conversion where the text alone tells.
 * *negative is set, on NUMBER_OK, to whether the value is less than zero (so it is false for `-0` and `-1e-400`). */
enum number_result number_check(const char *text, size_t length, bool *negative);

/* Writes value, which must be finite, to text (room for NUMBER_TEXT_MAX bytes); minus zero is written `0`.
 * Returns the number of bytes written. */
size_t number_format(double value, char *text);

/* Writes value in decimal to text (room for NUMBER_TEXT_MAX bytes) and returns the number of bytes written. */
size_t number_format_uint(uint64_t value, char *text);

#endif
