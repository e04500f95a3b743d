/* shorten: a number, cut down to what a reader takes in at a glance. Pure. */
#ifndef SHORTEN_H
#define SHORTEN_H

#include <stddef.h>

/* Room for what shorten_number writes. */
enum { SHORTEN_MAX = 16 };

/* Writes value, which is finite, with four significant digits or so, and returns the number of bytes:
 *
 *     whole numbers below 100000 as they are              12345
 *     others below 100000 rounded to four digits,
 *     or to a whole number from 1000 on                   0.01234  12.34  1235  54321
 *     from 100000 with k M G T P E for 10^3 to 10^18      123.5k  12.35M
 *     what is smaller or larger with an exponent          1.235e-7  1.235e+21 */
size_t shorten_number(double value, char *text);

#endif
