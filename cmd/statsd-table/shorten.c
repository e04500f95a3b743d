#include "shorten.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Drops trailing zeros of a decimal fraction, and the point if no decimals remain. */
static size_t trim_zeros(char *text, size_t length)
{
    if (!memchr(text, '.', length))
        return length;
    while (text[length - 1] == '0')
        length--;
    return text[length - 1] == '.' ? length - 1 : length;
}

static size_t put_fixed(double value, int decimals, char *text)
{
    int length = snprintf(text, SHORTEN_MAX, "%.*f", decimals, value);
    return trim_zeros(text, (size_t)length);
}

/* Returns the power of ten of value's first digit after rounding to four digits. */
static int exponent_of(double value)
{
    char text[SHORTEN_MAX];
    int exponent = 0;
    snprintf(text, sizeof text, "%.3e", value);
    sscanf(strchr(text, 'e') + 1, "%d", &exponent);
    return exponent;
}

static size_t put_exponent(double value, int exponent, char *text)
{
    char digits[SHORTEN_MAX];
    snprintf(digits, sizeof digits, "%.3e", value);
    size_t length = trim_zeros(digits, strcspn(digits, "e"));
    memcpy(text, digits, length);
    return length + (size_t)snprintf(text + length, SHORTEN_MAX - length, "e%+d", exponent);
}

size_t shorten_number(double value, char *text)
{
    static const char units[] = " kMGTPE";
    double size = fabs(value);
    if (size < 100000 && size == floor(size))
        return put_fixed(size == 0 ? 0 : value, 0, text);
    int exponent = exponent_of(value);
    if (exponent < -4 || exponent >= 21)
        return put_exponent(value, exponent, text);
    if (exponent < 5)
        return put_fixed(value, exponent > 3 ? 0 : 3 - exponent, text);
    int unit = exponent / 3;
    size_t length = put_fixed(value / pow(10, unit * 3), 3 - exponent % 3, text);
    text[length++] = units[unit];
    return length;
}
