/* digits: short decimal numbers read as a word, against strtod; and every byte that is not part of
 * a number. */
#include "base/digits.h"

#include <stdio.h>
#include <stdlib.h>

#include "chance.h"
#include "tap.h"

enum { NUMBERS = 2000000 };

/* The number is at the end of at least eight bytes. The others may be anything. */
static bool is_read(const char *text, size_t length, double *value)
{
    char line[32];
    memset(line, "9.x\t"[chance(4)], sizeof line);
    memcpy(line + 16, text, length);
    return digits_decimal(line + 16 + length, length, value);
}

static void test_numbers(void)
{
    int wrong = 0, points = 0;
    for (int i = 0; i < NUMBERS; i++) {
        char text[16] = "";
        size_t length = 1 + chance(8);
        for (size_t d = 0; d < length; d++)
            text[d] = (char)('0' + chance(10));
        if (length > 1 && chance(2)) {
            text[chance(length)] = '.';
            points++;
        }
        double value = -1;
        wrong += !is_read(text, length, &value) || value != strtod(text, NULL);
    }
    tap_ok(wrong == 0 && points > NUMBERS / 4, "2,000,000 of up to eight bytes, %d with a point (%d wrong)", points,
           wrong);
}

/* Each byte in each place of each length, the only one among digits. */
static void test_other_bytes(void)
{
    int wrong = 0;
    for (size_t length = 1; length <= 8; length++)
        for (size_t place = 0; place < length; place++)
            for (int byte = 0; byte < 256; byte++) {
                char text[9] = "12345678";
                double value;
                bool is_digit = byte >= '0' && byte <= '9', is_point = byte == '.' && length > 1;
                text[place] = (char)byte;
                wrong += is_read(text, length, &value) != (is_digit || is_point);
            }
    tap_ok(wrong == 0, "any other byte in any place is refused (%d wrong)", wrong);
    double value;
    tap_ok(!is_read("1..5", 4, &value) && !is_read(".", 1, &value) && !is_read("..", 2, &value),
           "so are two points, and one alone");
}

static void test_eight(void)
{
    uint64_t value;
    tap_ok(digits_eight("12345678", &value) && value == 12345678, "eight digits");
    tap_ok(!digits_eight("1234.678", &value) && !digits_eight("1234567\xb0", &value), "and nothing else");
}

int main(void)
{
    test_numbers();
    test_other_bytes();
    test_eight();
    return tap_done();
}
