/* wire/marks byte by byte against what it stands for: the classes of format/safe.h, and a number's
 * grammar. */
#include "wire/marks.h"

#include <string.h>

#include "chance.h"
#include "format/safe.h"
#include "tap.h"

static void test_bits(void)
{
    char text[MARKS_STRETCH];
    int wrong = 0;
    for (unsigned byte = 0; byte < 256; byte++)
        for (unsigned i = 0; i < MARKS_STRETCH; i++) {
            memset(text, 'a', sizeof text);
            text[i] = (char)byte;
            uint64_t expected = (uint64_t) !(safe_classes[byte] & SAFE_NAME) << i;
            wrong += marks_bits(text) != expected;
        }
    tap_ok(!wrong, "every byte at every place is marked if it may not stand in a name");
    for (int round = 0; round < 20000; round++) {
        uint64_t expected = 0;
        for (unsigned i = 0; i < MARKS_STRETCH; i++) {
            text[i] = (char)chance(256);
            expected |= (uint64_t) !(safe_classes[(unsigned char)text[i]] & SAFE_NAME) << i;
        }
        wrong += marks_bits(text) != expected;
    }
    tap_ok(!wrong, "and among any others");
}

static void test_write(void)
{
    uint32_t marks[64];
    int wrong = 0;
    for (int round = 0; round < 20000; round++) {
        uint64_t bits = ((uint64_t)chance(1 << 30) << 34) ^ ((uint64_t)chance(1 << 30) << 17) ^ chance(1 << 30);
        if (chance(2))
            bits &= bits >> 7;
        size_t count = (size_t)(marks_write(marks, bits, 1000) - marks), k = 0;
        for (unsigned i = 0; i < 64; i++)
            if (bits >> i & 1)
                wrong += k >= count || marks[k++] != 1000 + i;
        wrong += k != count;
    }
    tap_ok(!wrong, "marks are the numbers of the bits");
    tap_ok(marks_write(marks, UINT64_MAX, 0) == marks + 64 && marks[63] == 63, "all 64 of them");
    tap_ok(marks_write(marks, 0, 0) == marks, "or none");
}

/* `digits [. digits]`, with a digit at least. */
static bool is_number(const char *text, size_t length)
{
    size_t digits = 0, points = 0;
    for (size_t i = 0; i < length; i++) {
        digits += text[i] >= '0' && text[i] <= '9';
        points += text[i] == '.';
    }
    return length <= SIMD_BLOCK && digits + points == length && digits && points <= 1;
}

static void test_numbers(void)
{
    int wrong = 0, numbers = 0;
    for (int round = 0; round < 200000; round++) {
        char text[64];
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = chance(12) ? "0123456789"[chance(10)] : chance(2) ? '.' : (char)chance(256);
        size_t length = chance(40);
        wrong += marks_is_number(text, length) != is_number(text, length);
        numbers += is_number(text, length);
    }
    tap_ok(!wrong && numbers > 1000, "numbers are told from others, %d of them", numbers);
}

int main(void)
{
    test_bits();
    test_write();
    test_numbers();
    return tap_done();
}
