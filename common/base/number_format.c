/* number_format: double to the shortest decimal text that reads back as the same double.
 *
 * The digits come from Schubfach: Raffaello Giulietti, "The Schubfach way to render doubles" (2020,
 * revised 2022). A double is c * 2^q. The numbers that read back as it are the interval from
 * (c - 1/2) * 2^q to (c + 1/2) * 2^q, ends included if c is even. Let k be the largest integer
 * for which 10^k is at most the interval's width. The interval then contains at least one multiple
 * of 10^k and at most one multiple of 10^(k+1). If there is such a multiple of 10^(k+1), it is the
 * shortest. */
#include "base/number.h"
#include "base/number_powers.h"

#include <float.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

enum {
    STORED_BITS = DBL_MANT_DIG - 1,
    LEAST_EXPONENT = DBL_MIN_EXP - DBL_MANT_DIG, /* q of subnormals: -1074 */
    DIGITS = 17,                                 /* always enough */
    /* ECMAScript writes an exponent if there are more digits than this before the point, or more
     * zeros after it. */
    MOST_WHOLE = 21,
    MOST_ZEROS = 5,
};

/* digits * 10^exponent */
struct decimal {
    uint64_t digits;
    int exponent;
};

static inline void write_2_digits(uint32_t value, char *out)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    memcpy(out, &pairs[2 * value], 2);
}

static inline void write_8_digits(uint32_t value, char *out)
{
    uint32_t high = value / 10000, low = value % 10000;
    write_2_digits(high / 100, out);
    write_2_digits(high % 100, out + 2);
    write_2_digits(low / 100, out + 4);
    write_2_digits(low % 100, out + 6);
}

static size_t count_digits(uint64_t value)
{
    size_t count = 1;
    for (; value >= 10000; value /= 10000) {
        count += 4;
    }
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

size_t number_format_uint(uint64_t value, char *text)
{
    size_t length = count_digits(value);
    char *p = text + length;
    for (; value >= 100; value /= 100) {
        p -= 2;
        write_2_digits((uint32_t)(value % 100), p);
    }
    if (value >= 10) {
        write_2_digits((uint32_t)value, p - 2);
    } else {
        p[-1] = (char)('0' + value);
    }
    return length;
}

/* Returns multiple, which is below 2^60, times a power's significand, over 2^128, rounded to odd:
 * the last bit is set if anything was cut off, so the result compares with integers as the exact
 * number would.
 *
 * The power in the table is truncated. g, one more than that, is above 10^k by at most one unit, so
 * the product is above the true one by less than 2^60. gen-powers.py proves that the true product
 * is either an integer or at least 2^62 / 2^128 away from any. */
static inline uint64_t scale(const struct power *power, uint64_t multiple)
{
    uint64_t g_low = power->low + 1, g_high = power->high + (g_low == 0);
    uint128 low = (uint128)multiple * g_low;
    uint128 high = (uint128)multiple * g_high + (low >> 64);
    bool inexact = ((uint64_t)high | (uint64_t)low >> 60) != 0;
    return (uint64_t)(high >> 64) | inexact;
}

/* Returns the multiple of 10^exponent in the rounding interval of c * 2^q that has the most
 * trailing zeros; of several, the closest. If narrow, the next double below is only half as far
 * away, because it is below a power of two. */
static struct decimal shortest(uint64_t c, int q, bool narrow)
{
    /* floor(log10 of the interval's width), which is 2^q or 3/4 of that, in fixed point */
    int k = (int)((q * INT64_C(1292913986) - (narrow ? INT64_C(536607788) : 0)) >> 32);
    const struct power *power = &powers[-k - POWER_LOWEST];
    int shift = q + power_log2(-k) + 1; /* 1 to 4 */

    /* Four times the double and the ends of its interval, over 10^k. The ends of an odd c are not
     * in the interval, so they are moved inwards by the smallest step. */
    uint64_t odd = c & 1;
    uint64_t value = scale(power, (4 * c) << shift);
    uint64_t least = scale(power, (4 * c - (narrow ? 1 : 2)) << shift) + odd;
    uint64_t most = scale(power, (4 * c + 2) << shift) - odd;

    uint64_t below = value / 4, tens = below / 10 * 10;
    bool low_fits = least <= 4 * tens, high_fits = 4 * (tens + 10) <= most;
    if (low_fits != high_fits) {
        return (struct decimal){ tens + (high_fits ? 10 : 0), k };
    }
    low_fits = least <= 4 * below;
    high_fits = 4 * (below + 1) <= most;
    if (low_fits != high_fits) {
        return (struct decimal){ below + high_fits, k };
    }
    uint64_t middle = 4 * below + 2;
    bool up = value > middle || (value == middle && (below & 1) != 0);
    return (struct decimal){ below + up, k };
}

/* Writes all 17 digits. Returns how many there are without trailing zeros. */
static inline size_t write_digits(uint64_t digits, char *out)
{
    uint32_t high = (uint32_t)(digits / 100000000), low = (uint32_t)(digits % 100000000);
    out[0] = (char)('0' + high / 100000000);
    write_8_digits(high % 100000000, out + 1);
    write_8_digits(low, out + 9);
    size_t count = low == 0 ? DIGITS - 8 : DIGITS;
    while (out[count - 1] == '0') {
        count--;
    }
    return count;
}

static size_t write_exponent(int exponent, char *out)
{
    out[0] = 'e';
    out[1] = exponent < 0 ? '-' : '+';
    return 2 + number_format_uint((uint64_t)(exponent < 0 ? -exponent : exponent), out + 2);
}

static size_t write_decimal(struct decimal d, char *text)
{
    while (d.digits < UINT64_C(10000000000000000)) { /* to 17 digits: once, except for subnormals */
        d.digits *= 10;
        d.exponent--;
    }
    int point = d.exponent + DIGITS; /* the number of digits before the point */
    if (point <= 0 && point >= -MOST_ZEROS) {
        memcpy(text, "0.00000", 2 + MOST_ZEROS);
        return (size_t)(2 - point) + write_digits(d.digits, text + 2 - point);
    }
    bool plain = point > 0 && point <= MOST_WHOLE;
    size_t whole = plain ? (size_t)point : 1;
    size_t count = write_digits(d.digits, text + 1), length = whole;
    memmove(text, text + 1, whole < DIGITS ? whole : DIGITS);
    if (whole > DIGITS) {
        memset(text + DIGITS, '0', whole - DIGITS);
    } else if (whole < count) {
        text[whole] = '.';
        length = count + 1;
    }
    return plain ? length : length + write_exponent(point - 1, text + length);
}

size_t number_format(double value, char *text)
{
    const uint64_t hidden = UINT64_C(1) << STORED_BITS;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    size_t sign = value < 0;
    if (sign != 0) {
        *text++ = '-';
        value = -value;
    }
    if (value < (double)(2 * hidden) && (double)(uint64_t)value >= value) {
        return sign + number_format_uint((uint64_t)value, text);
    }
    uint64_t stored = bits & (hidden - 1);
    int exponent = (int)(bits >> STORED_BITS & 0x7ff);
    bool subnormal = exponent == 0;
    uint64_t c = subnormal ? stored : stored | hidden;
    int q = LEAST_EXPONENT + (subnormal ? 0 : exponent - 1);
    return sign + write_decimal(shortest(c, q, stored == 0 && exponent > 1), text);
}
