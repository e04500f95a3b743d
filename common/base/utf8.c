#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

/* What a byte can be the beginning of. The second byte of a sequence is bounded where a shorter
 * form, a surrogate or a code point past U+10FFFF begins (RFC 3629, section 4). */
struct lead {
    unsigned char first, last;     /* the lead bytes of this row */
    unsigned char length;          /* of the sequence */
    unsigned char lowest, highest; /* its second byte */
};

static const struct lead leads[] = {
    { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf }, { 0xe1, 0xec, 3, 0x80, 0xbf },
    { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf }, { 0xf0, 0xf0, 4, 0x90, 0xbf },
    { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
};

size_t utf8_sequence(const char *text, size_t length, uint32_t *point)
{
    const unsigned char *bytes = (const unsigned char *)text;
    const struct lead *row = leads, *end = leads + sizeof leads / sizeof *leads;
    while (row < end && (bytes[0] < row->first || bytes[0] > row->last))
        row++;
    if (row == end || length < row->length || bytes[1] < row->lowest || bytes[1] > row->highest)
        return 0;
    *point = bytes[0] & (0x7fU >> row->length);
    for (size_t i = 1; i < row->length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        *point = *point << 6 | (bytes[i] & 0x3fU);
    }
    return row->length;
}

const char *utf8_after_mark(const char *bytes, const char *end)
{
    static const char mark[] = { '\xEF', '\xBB', '\xBF' };
    bool has_mark = end - bytes >= (ptrdiff_t)sizeof mark && memcmp(bytes, mark, sizeof mark) == 0;
    return has_mark ? bytes + sizeof mark : bytes;
}
