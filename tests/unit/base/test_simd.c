/* base/simd: simd_same against memcmp, in texts of exactly their size. */
#include "base/simd.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

enum { LONGEST = 200 };

static void test_same(void)
{
    size_t wrong = 0, tried = 0;
    for (size_t length = SIMD_BLOCK; length <= LONGEST; length++) {
        char *a = malloc(length), *b = malloc(length);
        for (size_t i = 0; i < length; i++)
            a[i] = (char)(i * 7 + length);
        memcpy(b, a, length);
        wrong += !simd_same(a, b, length);
        for (size_t i = 0; i < length; i++, tried++) {
            b[i] = (char)(b[i] ^ 1 << i % 8);
            wrong += simd_same(a, b, length);
            b[i] = a[i];
        }
        free(a);
        free(b);
    }
    tap_ok(wrong == 0, "texts of 16 to 200 bytes that differ in one bit: %zu of %zu are taken for the same", wrong,
           tried);
}

int main(void)
{
    test_same();
    return tap_done();
}
