#include "width.h"

#include <stdbool.h>
#include <stdint.h>

#include "width_ranges.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool in_ranges(uint32_t code, const struct range *ranges, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && code >= ranges[low].first;
}

/* Control characters, and characters that reorder the line or hide in it: separators, direction
 * marks, invisible operators. */
static bool is_hidden(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c || code == 0x180e ||
           code == 0x200b || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe007f);
}

static int columns_of(uint32_t code)
{
    if (is_hidden(code))
        return -1;
    if (code < 0x300)
        return 1;
    if (in_ranges(code, zero, COUNT(zero)))
        return 0;
    return in_ranges(code, wide, COUNT(wide)) ? 2 : 1;
}

/* Returns the length in bytes of the UTF-8 sequence at text and sets *code to its character.
 * Returns 0 if the sequence is malformed, overlong or a surrogate. */
static size_t decode(const unsigned char *text, size_t length, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char first = text[0];
    size_t bytes = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
    if (!bytes || bytes > length)
        return 0;
    uint32_t c = bytes == 1 ? first : first & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (text[i] & 0x3fu);
    }
    *code = c;
    return c < least[bytes] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : bytes;
}

struct glyph width_glyph(const char *text, size_t length)
{
    uint32_t code;
    size_t bytes = decode((const unsigned char *)text, length, &code);
    if (!bytes)
        return (struct glyph){ 1, -1 };
    return (struct glyph){ bytes, columns_of(code) };
}

static char *show_byte(char *to, unsigned char byte)
{
    static const char letters[] = { ['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r', [0] = '0' };
    static const char hex[] = "0123456789abcdef";
    *to++ = '\\';
    if (byte < sizeof letters && letters[byte]) {
        *to++ = letters[byte];
        return to;
    }
    *to++ = 'x';
    *to++ = hex[byte >> 4];
    *to++ = hex[byte & 15];
    return to;
}

char *width_show(char *to, struct span plain)
{
    for (size_t i = 0; i < plain.length;) {
        struct glyph glyph = width_glyph(plain.text + i, plain.length - i);
        for (size_t end = i + glyph.bytes; i < end; i++) {
            if (glyph.columns < 0)
                to = show_byte(to, (unsigned char)plain.text[i]);
            else
                *to++ = plain.text[i];
        }
    }
    return to;
}

size_t width_of(struct span shown)
{
    size_t used;
    width_cut(shown, SIZE_MAX, &used);
    return used;
}

struct span width_cut(struct span shown, size_t columns, size_t *used)
{
    size_t i = 0, total = 0;
    while (i < shown.length) {
        struct glyph glyph = width_glyph(shown.text + i, shown.length - i);
        size_t wide_by = glyph.columns > 0 ? (size_t)glyph.columns : 0;
        if (wide_by > columns - total)
            break;
        total += wide_by;
        i += glyph.bytes;
    }
    *used = total;
    return (struct span){ shown.text, i };
}
