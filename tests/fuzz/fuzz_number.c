/* Any bytes as a number: number_parse accepts exactly its grammar, which is written out here a
 * second time, and then reads what strtod reads. number_format writes that number, and the one
 * whose bits are the first bytes, so that it reads back. */
#include <ctype.h>
#include <inttypes.h>

#include "fuzz.h"
#include "base/number_oracle.h"

static const char *skip_digits(const char *p)
{
    while (isdigit((unsigned char)*p))
        p++;
    return p;
}

static const char *skip_sign(const char *p)
{
    return *p == '+' || *p == '-' ? p + 1 : p;
}

/* Returns the end of the part of the text (which ends in NUL) that matches the grammar, or NULL if
 * it does not begin with a number. */
static const char *number_end(const char *p)
{
    const char *whole = skip_sign(p), *point = skip_digits(whole), *end = point;
    if (*point == '.')
        end = skip_digits(point + 1);
    if (point == whole && end <= point + 1)
        return NULL;
    if (*end != 'e' && *end != 'E')
        return end;
    const char *exponent = skip_sign(end + 1);
    return skip_digits(exponent) == exponent ? end : skip_digits(exponent);
}

/* Writes the shortest form and reads it back with both. */
static void check_writing(double value)
{
    char text[NUMBER_TEXT_MAX + 1], whole[NUMBER_TEXT_MAX];
    double back = 1;
    require(!oracle_write_fault(value));
    size_t length = number_format(value, text);
    require(number_parse(text, length, &back) == NUMBER_OK && (oracle_same(back, value) || (back == 0 && value == 0)));
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    length = number_format_uint(bits, text);
    require(snprintf(whole, sizeof whole, "%" PRIu64, bits) == (int)length && !memcmp(text, whole, length));
}

static void check_reading(const char *text, size_t length)
{
    double value = 0;
    bool negative;
    char *exact = copy_with_slack(text, length, 0, NULL, 0); /* without the NUL */
    enum number_result result = number_parse(exact, length, &value);
    require(result == number_check(exact, length, &negative));
    require((result != NUMBER_BAD) == (number_end(text) == text + length));
    require(result == NUMBER_BAD || !oracle_read_fault(text));
    free(exact);
    if (result == NUMBER_OK)
        check_writing(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double value;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    check_reading(text, size);
    free(text);
    if (size < sizeof value)
        return 0;
    memcpy(&value, data, sizeof value);
    if (isfinite(value))
        check_writing(value);
    return 0;
}
