#include "base/terminal.h"

/* The least second byte after these first ones, and in the case of ED the greatest: others would be
 * C1 control characters, a longer form of a shorter sequence, or no character at all. */
static bool is_second(unsigned char lead, unsigned char byte)
{
    switch (lead) {
    case 0xc2:
    case 0xe0: return byte >= 0xa0;
    case 0xed: return byte < 0xa0;
    case 0xf0: return byte >= 0x90;
    case 0xf4: return byte < 0x90;
    default: return true;
    }
}

/* True if the byte can be shown after those before it. */
static bool take(struct terminal_text *t, unsigned char byte)
{
    if (byte >= 0x80 && byte < 0xc0) {
        bool is_good = t->left && (!t->is_first || is_second(t->lead, byte));
        t->left = is_good ? t->left - 1 : 0;
        t->is_first = false;
        return is_good;
    }
    t->left = 0;
    if (byte < 0x80)
        return byte >= 0x20 && byte != 0x7f;
    if (byte < 0xc2 || byte > 0xf4)
        return false;
    t->lead = byte;
    t->left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    t->is_first = true;
    return true;
}

size_t terminal_escape(struct terminal_text *t, char *to, const char *from, size_t length, bool with_layout)
{
    static const char digits[] = "0123456789abcdef";
    char *start = to;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)from[i];
        bool is_layout = with_layout && (byte == '\t' || byte == '\n');
        if (take(t, byte) || is_layout) {
            *to++ = from[i];
            continue;
        }
        *to++ = '\\';
        *to++ = 'x';
        *to++ = digits[byte >> 4];
        *to++ = digits[byte & 15];
    }
    return (size_t)(to - start);
}
