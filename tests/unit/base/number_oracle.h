/* number_oracle: random numbers of every kind, and what printf and strtod make of them, slowly but
 * reliably. For test_number.c, which tests a few, and check_numbers.c, which tests for hours. */
#ifndef NUMBER_ORACLE_H
#define NUMBER_ORACLE_H

#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORACLE_TEXT_MAX = 1200, ORACLE_KINDS = 8 };

/* Sebastiano Vigna's splitmix64. */
static inline uint64_t oracle_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Returns a number from 0 to limit - 1. */
static inline int oracle_below(uint64_t *state, int limit)
{
    return (int)(oracle_random(state) % (uint64_t)limit);
}

static inline bool oracle_same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static inline double oracle_from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Returns value or one of its nearest neighbours. */
static inline double oracle_near(uint64_t *state, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return oracle_from_bits(bits + (uint64_t)oracle_below(state, 7) - 3);
}

static inline double oracle_power_of_ten(int exponent)
{
    char text[16];
    snprintf(text, sizeof text, "1e%d", exponent);
    return strtod(text, NULL);
}

/* Returns a number of one kind. It may be infinite or NaN. */
static inline double oracle_any_double(uint64_t *state, int kind)
{
    switch (kind) {
    case 0: return (double)oracle_below(state, 1000000) / 1000; /* milliseconds */
    case 1: return (double)(int64_t)oracle_random(state) / oracle_power_of_ten(oracle_below(state, 30));
    case 2: return (double)(oracle_random(state) >> oracle_below(state, 64));
    case 3: return oracle_near(state, ldexp(1, oracle_below(state, 2098) - 1074));
    case 4: return oracle_near(state, oracle_power_of_ten(oracle_below(state, 632) - 323));
    case 5: return oracle_from_bits(oracle_random(state) >> (12 + oracle_below(state, 52))); /* subnormal */
    case 6: return (double)(oracle_random(state) >> 11) / 9007199254740992.0;
    default: return oracle_from_bits(oracle_random(state));
    }
}

/* Returns a finite number of one kind. */
static inline double oracle_double(uint64_t *state, int kind)
{
    double value;
    do {
        value = oracle_any_double(state, kind);
    } while (!isfinite(value));
    return value;
}

/* ---- writing ---- */

/* Converts printf's  [-]d[.ddd]e[+-]dd , without trailing zeros, to the form of ECMA-262's
 * Number::toString. */
static inline void oracle_layout(const char *scientific, char *out)
{
    char digits[64];
    int count = 0, point = atoi(strchr(scientific, 'e') + 1) + 1;
    if (*scientific == '-') {
        *out++ = *scientific++;
    }
    for (; *scientific != 'e'; scientific++) {
        if (*scientific != '.') {
            digits[count++] = *scientific;
        }
    }
    if (count <= point && point <= 21) {
        sprintf(out, "%.*s%.*s", count, digits, point - count, "000000000000000000000");
    } else if (0 < point && point <= 21) {
        sprintf(out, "%.*s.%.*s", point, digits, count - point, digits + point);
    } else if (-6 < point && point <= 0) {
        sprintf(out, "0.%.*s%.*s", -point, "000000", count, digits);
    } else {
        sprintf(out, "%c%s%.*se%+d", digits[0], count > 1 ? "." : "", count - 1, digits + 1, point - 1);
    }
}

/* Returns the number of digits in text, without leading and trailing zeros; at least 1. */
static inline int oracle_count_digits(const char *text)
{
    int count = 0, zeros = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text == '0') {
            zeros += count != 0;
        } else if (*text != '.' && *text != '-') {
            count += zeros + 1;
            zeros = 0;
        }
    }
    return count == 0 ? 1 : count;
}

/* Formats value with number_format. Returns what is wrong with the text, or NULL. */
static inline const char *oracle_write(double value, char text[static NUMBER_TEXT_MAX + 1])
{
    text[NUMBER_TEXT_MAX] = '#';
    size_t length = number_format(value, text);
    if (length > NUMBER_TEXT_MAX || text[NUMBER_TEXT_MAX] != '#') {
        return "is too long";
    }
    text[length] = '\0';
    double back = strtod(text, NULL);
    return oracle_same(back, value) || (back == 0 && value == 0) ? NULL : "does not read back";
}

/* Returns what is wrong with how value is written, or NULL. The text must read back, no shorter
 * text may, and it must be the closest of its length. Below a power of two, doubles are denser than
 * above. There, the closest decimal may read back as another double where one farther away, above,
 * does not. That one is right, and printf cannot find it. */
static inline const char *oracle_write_fault(double value)
{
    char text[NUMBER_TEXT_MAX + 1], scientific[64], wanted[64];
    const char *fault = oracle_write(value, text);
    if (fault != NULL || value == 0) {
        return fault != NULL || strcmp(text, "0") == 0 ? fault : "is not 0";
    }
    int unused, count = oracle_count_digits(text);
    if (count > 1) {
        snprintf(scientific, sizeof scientific, "%.*e", count - 2, value);
        if (oracle_same(strtod(scientific, NULL), value)) {
            return "is not the shortest";
        }
    }
    snprintf(scientific, sizeof scientific, "%.*e", count - 1, value);
    if (!oracle_same(strtod(scientific, NULL), value)) {
        return fabs(frexp(value, &unused)) > 0.5 ? "is not the closest" : NULL;
    }
    oracle_layout(scientific, wanted);
    return strcmp(text, wanted) == 0 ? NULL : "is not the closest, or not ECMAScript's form";
}

/* ---- reading ---- */

/* Returns what is wrong with how text, which must match the grammar, is read, or NULL. */
static inline const char *oracle_read_fault(const char *text)
{
    double value = -1, wanted = strtod(text, NULL);
    bool negative = false;
    enum number_result result = number_parse(text, strlen(text), &value);
    if (result != number_check(text, strlen(text), &negative)) {
        return "number_check disagrees";
    }
    if (result == NUMBER_BAD || (result == NUMBER_OVERFLOW) != (bool)isinf(wanted)) {
        return "wrong result";
    }
    if (result == NUMBER_OVERFLOW) {
        return NULL;
    }
    return !oracle_same(value, wanted) ? "wrong value" : negative != (wanted < 0) ? "wrong negative" : NULL;
}

/* Writes up to count random digits, with or without a point somewhere, and perhaps an exponent. */
static inline void oracle_random_decimal(uint64_t *state, int count, char *out)
{
    static const int ranges[] = { 20, 60, 700 };
    int digits = 1 + oracle_below(state, count), point = oracle_below(state, digits + 3) - 1;
    if (oracle_below(state, 4) == 0) {
        *out++ = '-';
    }
    for (int i = 0; i < digits; i++) {
        if (i == point) {
            *out++ = '.';
        }
        *out++ = (char)('0' + oracle_below(state, 10));
    }
    int range = ranges[oracle_below(state, 3)];
    if (oracle_below(state, 2) == 0) {
        sprintf(out, "e%d", oracle_below(state, range) - range / 2);
    } else {
        *out = '\0';
    }
}

/* Writes the midpoint of value, which is above 0, and the next double: with all its digits,
 * truncated, or moved by a tiny amount in a far digit. */
static inline void oracle_midpoint(uint64_t *state, double value, char *out)
{
    char exponent[16];
    long double middle = ((long double)value + (long double)nextafter(value, DBL_MAX)) / 2;
    snprintf(out, ORACLE_TEXT_MAX, "%.780Le", middle);
    char *e = strchr(out, 'e');
    snprintf(exponent, sizeof exponent, "%s", e);
    switch (oracle_below(state, 5)) {
    case 0: break;
    case 1: e = out + 2 + oracle_below(state, 780); break;
    case 2: e[-1] = '1'; break;
    case 3: e += sprintf(e, "%0*d", 1 + oracle_below(state, 300), oracle_below(state, 2)); break;
    default:
        while (e[-1] == '0') {
            e--;
        }
        e[-1] = (char)(e[-1] - (e[-1] != '.'));
        break;
    }
    strcpy(e, exponent);
}

/* Writes a random text that matches the grammar: usually value, with more or fewer digits than it
 * needs. */
static inline void oracle_text(uint64_t *state, double value, char *out)
{
    int kind = oracle_below(state, 32);
    if (kind < 1) {
        oracle_midpoint(state, fabs(value), out);
    } else if (kind < 8) {
        oracle_random_decimal(state, kind < 2 ? 1000 : 40, out);
    } else if (kind < 14) {
        oracle_random_decimal(state, 19, out);
    } else if (kind < 16) {
        snprintf(out, ORACLE_TEXT_MAX, "%.*f", oracle_below(state, 40), value);
    } else if (kind < 20) {
        snprintf(out, ORACLE_TEXT_MAX, "%.*g", 1 + oracle_below(state, 30), value);
    } else {
        snprintf(out, ORACLE_TEXT_MAX, kind < 24 ? "%.20g" : "%.17g", value);
    }
}

#endif
