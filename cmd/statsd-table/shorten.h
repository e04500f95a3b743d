/* shorten: a number with about four significant digits, easy to read. Pure. */
#ifndef SHORTEN_H
#define SHORTEN_H

#include <stddef.h>

/* The size of shorten_number's buffer, in bytes. */
enum { SHORTEN_MAX = 16 };

/* Writes value, which must be finite, with about four significant digits and without a NUL. text
 * has room for SHORTEN_MAX bytes. Returns the number of bytes:
 *
 *     whole numbers below 100000: unchanged               12345
 *     others below 100000: four digits,
 *     or a whole number from 1000 on                      0.01234  12.34  1235  54321
 *     from 100000: k M G T P E for 10^3 to 10^18          123.5k  12.35M
 *     smaller or larger: an exponent                      1.235e-7  1.235e+21 */
size_t shorten_number(double value, char *text);

#endif
