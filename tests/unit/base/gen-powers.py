#!/usr/bin/env python3
"""Writes common/base/number_powers.h to standard output: powers of ten in 128 bits, from exact integers.

Before it writes anything, it proves what common/base/number_*.c assumes about the table, also in exact
integers. Usage:

    tests/unit/base/gen-powers.py >common/base/number_powers.h
"""

from fractions import Fraction

LOWEST = -327  # reading: a normal double is at least 2.2e-308, and the digits before the power are below 2**64
HIGHEST = 324  # writing: the least subnormal, 4.9e-324, is scaled by 1e324

LOG10_2 = 1292913986  # floor(2**32 * log10(2))
LOG2_10 = 14267572527  # floor(2**32 * log2(10))
LOG10_3_4 = -536607788  # floor(2**32 * log10(3/4))


def power(k):
    return Fraction(10) ** k


def floor_log2(x):
    """The largest e with 2**e <= x."""
    e = x.numerator.bit_length() - x.denominator.bit_length()
    return e if Fraction(2) ** e <= x else e - 1


def significand(k):
    """The 128 leading bits of 10**k, truncated."""
    return int(power(k) * Fraction(2) ** (127 - floor_log2(power(k))))


def prove_logarithms():
    """The products that replace logarithms in the C code are right over the whole range."""
    for k in range(LOWEST, HIGHEST + 1):
        assert k * LOG2_10 >> 32 == floor_log2(power(k)), k
    for q in range(-1074, 972):
        for width, k in widths(q):
            assert power(k) <= width < power(k + 1), q


def widths(q):
    """The widths of the rounding interval of a double c * 2**q, each with the C code's exponent of its decimals."""
    yield Fraction(2) ** q, q * LOG10_2 >> 32
    yield Fraction(2) ** q * Fraction(3, 4), q * LOG10_2 + LOG10_3_4 >> 32


def least_distance(x, most):
    """The least distance, not zero, of m * x from an integer for m in 1..most; x has a denominator above most.
    It is that of the last convergent of x's continued fraction whose denominator is not above most."""
    n, d = x.numerator, x.denominator
    before, now = 1, 0
    while d:
        a, n, d = n // d, d, n % d
        before, now = now, a * now + before
        if now > most:
            break
        best = now
    remainder = best * x - int(best * x)
    return min(remainder, 1 - remainder)


def prove_writing():
    """m * 2**q / 10**k, m up to 2**55 + 2, is an integer or at least 2**-66 away from one."""
    for q in range(-1074, 972):
        for _, k in widths(q):
            assert LOWEST <= -k <= HIGHEST
            assert 1 <= q + floor_log2(power(-k)) + 1 <= 4, q
            x = Fraction(2) ** q * power(-k)
            assert x.denominator <= 2**55 + 2 or least_distance(x, 2**55 + 2) >= Fraction(1, 2**66), q


def prove_exact():
    """The entries of 10**0 to 10**55, and no others, are exact."""
    for k in range(LOWEST, HIGHEST + 1):
        exact = significand(k) * Fraction(2) ** (floor_log2(power(k)) - 127) == power(k)
        assert exact == (0 <= k <= 55), k


def main():
    prove_logarithms()
    prove_writing()
    prove_exact()
    print(f"/* number_powers: the 128 leading bits of 10^k for k from {LOWEST} to {HIGHEST}, truncated; exact for"
          " 0 to 55.")
    print(f""" * For number_parse.c and number_format.c. tests/unit/base/gen-powers.py writes it: edit that. */
#ifndef BASE_NUMBER_POWERS_H
#define BASE_NUMBER_POWERS_H

#include <stdint.h>

enum {{ POWER_LOWEST = {LOWEST}, POWER_HIGHEST = {HIGHEST}, POWER_EXACT = 55 }};

struct power {{
    uint64_t high, low;
}};

/* clang-format off */
static const struct power powers[POWER_HIGHEST - POWER_LOWEST + 1] = {{""")
    for k in range(LOWEST, HIGHEST + 1):
        high, low = divmod(significand(k), 2**64)
        print(f"    {{ 0x{high:016x}, 0x{low:016x} }}, /* 1e{k} */")
    print("""};
/* clang-format on */

/* Returns the largest e with 2^e <= 10^k, for k as in the table: floor(k * log2(10)) in fixed
 * point. */
static inline int power_log2(int k)
{""")
    print(f"    return (int)(k * INT64_C({LOG2_10}) >> 32);")
    print("""}

#endif""")


main()
