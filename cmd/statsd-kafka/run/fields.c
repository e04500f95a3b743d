#include "run/fields.h"

#include "base/clock.h"

bool field_next(struct span *rest, char mark, struct span *field)
{
    if (!rest->text)
        return false;
    const char *end = rest->text + rest->length;
    const char *stop = rest->length ? memchr(rest->text, mark, rest->length) : NULL;
    *field = span_between(rest->text, stop ? stop : end);
    *rest = stop ? span_between(stop + 1, end) : (struct span){ NULL, 0 };
    return true;
}

bool field_number(struct span text, int64_t *number)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        int digit = text.text[i] - '0';
        if (digit < 0 || digit > 9 || value > (INT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (!text.length)
        return false;
    *number = value;
    return true;
}

bool field_hexadecimal(struct span text, uint64_t *number)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        const char *digit = memchr(digits, text.text[i], sizeof digits - 1);
        if (!digit)
            return false;
        value = value << 4 | (uint64_t)(digit - digits);
    }
    if (text.length != 16)
        return false;
    *number = value;
    return true;
}

bool field_time(struct span text, int64_t *time)
{
    if (!span_is(text, "none"))
        return clock_parse(text.text, text.length, time);
    *time = FIELD_NO_TIME;
    return true;
}

bool field_after(struct span text, const char *word, struct span *after)
{
    size_t length = strlen(word);
    if (text.length < length || memcmp(text.text, word, length) != 0)
        return false;
    *after = (struct span){ text.text + length, text.length - length };
    return true;
}
