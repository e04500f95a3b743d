/* number_parse: decimal text to double, by the cheapest of three ways that is sure of its answer:
 *
 *  1. One exact operation on two exact doubles: William D. Clinger, "How to Read Floating Point
 *     Numbers Accurately", 1990.
 *  2. One product with a 128-bit power of ten, if that power's error cannot matter: Daniel Lemire,
 *     "Number Parsing at a Gigabyte per Second", 2021, after Michael Eisel.
 *  3. strtod, on a copy that ends in NUL. The programs never call setlocale, so its decimal point
 *     is a point. */
#include "base/number.h"
#include "base/number_powers.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

enum {
    WORD_DIGITS = 19, /* the most decimal digits that a uint64_t always holds */
    /* A double, or the midpoint of two, has at most 767 significant digits. Digits after the 800th
     * only decide whether the number is equal to what the 800 give, or above it. */
    COPY_DIGITS = 800,
};

/* An explicit exponent stops growing here, far beyond any text's length, which it may have to
 * compensate. */
static const int64_t exponent_limit = INT64_C(100000000000000000);

/* A text that matches the grammar: [-] word * 10^exponent. */
struct decimal {
    const char *digits, *digits_end; /* the mantissa as written, which may hold one point */
    uint64_t word;                   /* its first 19 significant digits */
    int64_t exponent;
    int64_t digits_exponent; /* what the exponent would be for all the digits */
    bool negative;
    bool truncated; /* nonzero digits follow those 19: the value is below (word + 1) *
                     * 10^exponent */
};

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

static inline const char *read_digits(const char *p, const char *end, uint64_t *word)
{
    for (; p < end && is_digit(*p); p++) {
        *word = *word * 10 + (uint64_t)(*p - '0');
    }
    return p;
}

/* Reads what follows the mantissa. Returns false if that is not exactly an exponent. */
static bool read_exponent(const char *p, const char *end, int64_t *exponent)
{
    if (*p != 'e' && *p != 'E') {
        return false;
    }
    p++;
    bool negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    if (p == end) {
        return false;
    }
    int64_t value = 0;
    for (; p < end && is_digit(*p); p++) {
        value = value < exponent_limit ? value * 10 + (*p - '0') : value;
    }
    *exponent += negative ? -value : value;
    return p == end;
}

/* Copies the first significant digits, at most room of them, to out. Returns how many there were.
 * Adds the weight of the other digits to *exponent, and sets *more if any of those is not zero. */
static size_t copy_digits(const struct decimal *d, char *out, size_t room, int64_t *exponent, bool *more)
{
    size_t count = 0;
    *more = false;
    for (const char *p = d->digits; p < d->digits_end; p++) {
        if (*p == '.' || (count == 0 && *p == '0')) {
            continue;
        }
        if (count < room) {
            out[count++] = *p;
        } else {
            *more |= *p != '0';
            ++*exponent;
        }
    }
    return count;
}

/* Reads text into *d. Returns false if it does not match the grammar. */
static inline bool scan(const char *text, size_t length, struct decimal *d)
{
    const char *p = text, *end = text + length;
    uint64_t word = 0;

    d->negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    d->digits = p;
    p = read_digits(p, end, &word);
    ptrdiff_t count = p - d->digits;
    d->exponent = 0;
    if (p < end && *p == '.') {
        const char *fraction = p + 1;
        p = read_digits(fraction, end, &word);
        d->exponent = fraction - p;
        count += p - fraction;
    }
    d->digits_end = p;
    d->word = word;
    d->truncated = false;
    if (count == 0 || (p < end && !read_exponent(p, end, &d->exponent))) {
        return false;
    }
    d->digits_exponent = d->exponent;
    if (count > WORD_DIGITS) { /* the word has overflowed, or it begins with zeros */
        char digits[WORD_DIGITS];
        size_t kept = copy_digits(d, digits, sizeof digits, &d->exponent, &d->truncated);
        d->word = 0;
        read_digits(digits, digits + kept, &d->word);
    }
    return true;
}

/* Clinger's fast path. Both doubles are exact (10^22 = 5^22 * 2^22 and 5^22 < 2^53), so the single
 * operation rounds once, as required. Returns false if they are not exact. */
static inline bool convert_exactly(const struct decimal *d, double *value)
{
    static const double tens[] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    };
    if (d->word >> 53 != 0 || d->exponent < -22 || d->exponent > 22 || d->truncated) {
        return false;
    }
    double word = (double)d->word;
    *value = d->exponent < 0 ? word / tens[-d->exponent] : word * tens[d->exponent];
    return true;
}

/* Rounds word * 10^exponent, to infinity too. Returns false if the rounding is undecided, or if the
 * exponent is not that of a normal double.
 *
 * With word's leading bit moved to the top and T the power's 128 bits, P = word * T has 192 bits.
 * The true product is P itself if T is exact. Otherwise it is above P and below P + word, so less
 * than 2^64 above P. So a halfway point at or below P is below the true product, and one at
 * P + 2^64 or above is above it. Only a halfway point between the two leaves the rounding
 * undecided. */
static bool convert_by_product(uint64_t word, int64_t exponent, double *value)
{
    if (exponent < POWER_LOWEST || exponent > DBL_MAX_10_EXP) {
        return false;
    }
    const struct power *power = &powers[exponent - POWER_LOWEST];
    int shift = __builtin_clzll(word);
    word <<= shift;
    uint128 low = (uint128)word * power->low;
    uint128 high = (uint128)word * power->high + (low >> 64); /* P = high:(uint64_t)low */

    int carry = (int)(high >> 127); /* P has 191 or 192 bits */
    int log2 = 63 - shift + power_log2((int)exponent) + carry;
    if (log2 < DBL_MIN_EXP - 1 || log2 >= DBL_MAX_EXP) {
        return false;
    }
    int dropped = 127 - DBL_MANT_DIG + carry;
    uint64_t mantissa = (uint64_t)(high >> dropped);
    uint128 rest = high & (((uint128)1 << dropped) - 1), half = (uint128)1 << (dropped - 1);
    bool exact = exponent >= 0 && exponent <= POWER_EXACT;
    if (!exact && rest == half - 1) {
        return false;
    }
    bool tie = exact && rest == half && (uint64_t)low == 0;
    mantissa += tie ? mantissa & 1 : rest >= half;
    /* The mantissa's leading bit adds the 1 that the exponent lacks. Rounding up to 2^53 adds one
     * more. */
    uint64_t bits = ((uint64_t)(log2 + DBL_MAX_EXP - 2) << (DBL_MANT_DIG - 1)) + mantissa;
    memcpy(value, &bits, sizeof bits);
    return true;
}

/* Rounds any number; used for the few that are left. Returns an infinity on overflow. */
static double convert_by_strtod(const struct decimal *d)
{
    char copy[COPY_DIGITS + sizeof "1e+" + NUMBER_TEXT_MAX];
    int64_t exponent = d->digits_exponent;
    bool more;
    size_t length = copy_digits(d, copy, COPY_DIGITS, &exponent, &more);
    if (more) {
        copy[length++] = '1';
        exponent--;
    }
    bool small = exponent < 0;
    uint64_t distance = (uint64_t)(small ? -exponent : exponent);
    copy[length++] = 'e';
    copy[length++] = small ? '-' : '+';
    length += number_format_uint(distance, copy + length);
    copy[length] = '\0';
    return strtod(copy, NULL);
}

static double convert(const struct decimal *d)
{
    double value, above;
    if (d->word == 0) {
        return 0;
    }
    if (convert_by_product(d->word, d->exponent, &value) &&
        (!d->truncated || (convert_by_product(d->word + 1, d->exponent, &above) && !(value < above)))) {
        return value;
    }
    return convert_by_strtod(d);
}

enum number_result number_parse(const char *text, size_t length, double *value)
{
    struct decimal d;
    double magnitude;
    if (!scan(text, length, &d)) {
        return NUMBER_BAD;
    }
    if (!convert_exactly(&d, &magnitude)) {
        magnitude = convert(&d);
        if (isinf(magnitude)) {
            return NUMBER_OVERFLOW;
        }
    }
    *value = d.negative ? -magnitude : magnitude;
    return NUMBER_OK;
}

enum number_result number_check(const char *text, size_t length, bool *negative)
{
    struct decimal d;
    if (!scan(text, length, &d)) {
        return NUMBER_BAD;
    }
    bool zero = d.word == 0;
    /* 10^exponent <= number < 10^(exponent + 19), so within these exponents it is a normal
     * double. */
    if (!zero && (d.exponent < DBL_MIN_10_EXP || d.exponent > DBL_MAX_10_EXP - WORD_DIGITS)) {
        double magnitude = convert(&d);
        if (isinf(magnitude)) {
            return NUMBER_OVERFLOW;
        }
        zero = magnitude <= 0;
    }
    *negative = d.negative && !zero;
    return NUMBER_OK;
}
