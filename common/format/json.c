#include "format/json.h"

#include <stdint.h>

#include "base/utf8.h"

static char *put_control(char *to, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    *to++ = '\\';
    if (byte == '\n' || byte == '\t' || byte == '\r') {
        *to++ = byte == '\n' ? 'n' : byte == '\t' ? 't' : 'r';
        return to;
    }
    memcpy(to, "u00", 3);
    to[3] = digits[byte >> 4];
    to[4] = digits[byte & 15];
    return to + 5;
}

/* Writes what begins at from, which is no plain ASCII, and moves on. */
static char *put_odd(char *to, const char **from, const char *end)
{
    unsigned char byte = (unsigned char)**from;
    uint32_t point;
    size_t length = byte < 0x80 ? 0 : utf8_sequence(*from, (size_t)(end - *from), &point);
    if (length) {
        memcpy(to, *from, length);
        *from += length;
        return to + length;
    }
    ++*from;
    if (byte == '"' || byte == '\\') {
        *to++ = '\\';
        *to++ = (char)byte;
        return to;
    }
    if (byte < 0x80)
        return put_control(to, byte);
    memcpy(to, "\xef\xbf\xbd", 3);
    return to + 3;
}

char *json_put_string(char *to, struct span text)
{
    const char *from = text.text, *end = from + text.length;
    *to++ = '"';
    while (from < end) {
        unsigned char byte = (unsigned char)*from;
        if (byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\') {
            *to++ = (char)byte;
            from++;
        } else {
            to = put_odd(to, &from, end);
        }
    }
    *to++ = '"';
    return to;
}
