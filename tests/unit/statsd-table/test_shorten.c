/* shorten: a number in few digits, never farther from itself than those digits allow. */
#include "shorten.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void check(double value, const char *expected)
{
    char text[SHORTEN_MAX];
    size_t length = shorten_number(value, text);
    tap_ok(length == strlen(expected) && memcmp(text, expected, length) == 0, "%.17g is %s (%.*s)", value, expected,
           (int)length, text);
}

static void test_cases(void)
{
    check(0, "0");
    check(-0.0, "0");
    check(7, "7");
    check(-7, "-7");
    check(12345, "12345");
    check(99999, "99999");
    check(100000, "100k");
    check(123456, "123.5k");
    check(-123456, "-123.5k");
    check(999949, "999.9k");
    check(999951, "1M");
    check(1234567, "1.235M");
    check(12345678, "12.35M");
    check(1e9, "1G");
    check(2.5e12, "2.5T");
    check(1e15, "1P");
    check(9.87654e18, "9.877E");
    check(1.2345678e21, "1.235e+21");
    check(DBL_MAX, "1.798e+308");
    check(-DBL_MAX, "-1.798e+308");
    check(0.5, "0.5");
    check(1.0 / 3, "0.3333");
    check(12.345678, "12.35");
    check(123.45678, "123.5");
    check(999.96, "1000");
    check(1234.5678, "1235");
    check(54321.5, "54322");
    check(99999.4, "100k");
    check(0.012345, "0.01235");
    check(0.00012344, "0.0001234");
    check(0.000012344, "1.234e-5");
    check(1.5e-7, "1.5e-7");
    check(DBL_TRUE_MIN, "4.941e-324");
}

/* Reads back what shorten_number wrote. */
static double read_back(const char *text, size_t length)
{
    static const char units[] = "kMGTPE";
    char copy[SHORTEN_MAX + 1];
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *end;
    double value = strtod(copy, &end);
    const char *unit = *end ? strchr(units, *end) : NULL;
    return unit ? value * pow(1000, (double)(unit - units + 1)) : value;
}

static void test_random(void)
{
    int far = 0, too_long = 0;
    srand(11);
    for (int round = 0; round < 200000; round++) {
        char text[SHORTEN_MAX + 1];
        double value = (rand() - RAND_MAX / 2) * pow(10, rand() % 60 - 30) / 1000;
        size_t length = shorten_number(value, text);
        far += fabs(read_back(text, length) - value) > fabs(value) * 0.000501;
        too_long += length > 10;
    }
    tap_ok(far == 0, "200000 random numbers keep four digits (%d do not)", far);
    tap_ok(too_long == 0, "and take at most ten characters (%d do not)", too_long);
}

int main(void)
{
    test_cases();
    test_random();
    return tap_done();
}
