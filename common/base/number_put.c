#include "base/number.h"

#include <string.h>

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* True if it is `-? (0 | [1-9] digits) [. digits] [e [+-] digits]`. */
static bool is_plain(const char *p, const char *end)
{
    p += p < end && *p == '-';
    const char *whole = p;
    p = skip_digits(p, end);
    if (p == whole || (*whole == '0' && p > whole + 1))
        return false;
    if (p < end && *p == '.') {
        const char *decimals = p + 1;
        p = skip_digits(decimals, end);
        if (p == decimals)
            return false;
    }
    if (p < end && *p == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        const char *exponent = p;
        p = skip_digits(p, end);
        if (p == exponent)
            return false;
    }
    return p == end;
}

char *number_put(char *to, const char *text, size_t length)
{
    double value;
    if (is_plain(text, text + length) || number_parse(text, length, &value) != NUMBER_OK) {
        memcpy(to, text, length);
        return to + length;
    }
    return to + number_format(value, to);
}
