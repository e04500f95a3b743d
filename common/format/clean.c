#include "format/clean.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "base/xalloc.h"
#include "format/tag_key.h"

/* Beyond ASCII: the C1 controls, and what Unicode has as white space. */
static const struct {
    uint32_t first, last;
} unfit[] = {
    { 0x80, 0xa0 },     { 0x1680, 0x1680 }, { 0x2000, 0x200a }, { 0x2028, 0x2029 },
    { 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 },
};

static bool is_plain(unsigned char byte)
{
    return byte > 0x20 && byte < 0x7f;
}

static bool is_unfit(uint32_t point)
{
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
        if (point >= unfit[i].first && point <= unfit[i].last)
            return true;
    return false;
}

/* One character that is not plain ASCII: writes it or a `_`, and returns how many bytes it was. */
static size_t put_character(char **to, const unsigned char *from, size_t length)
{
    uint32_t point = 0;
    size_t size = utf8_sequence((const char *)from, length, &point);
    if (!size || is_unfit(point)) {
        *(*to)++ = '_';
        return size ? size : 1;
    }
    memmove(*to, from, size);
    *to += size;
    return size;
}

/* True when eight bytes are plain, looked at in one go: adding 0x5f carries a byte of 0x21 and more
 * into its highest bit, adding 1 a 0x7f. */
static bool are_plain(uint64_t bytes)
{
    const uint64_t each = 0x0101010101010101U, highest = 0x80 * each;
    return !((bytes | (bytes + each) | ~(bytes + 0x5f * each)) & highest);
}

char *clean_put(char *to, struct span from)
{
    const unsigned char *bytes = (const unsigned char *)from.text, *end = bytes + from.length;
    while (bytes < end) {
        uint64_t eight;
        if (end - bytes >= (ptrdiff_t)sizeof eight) {
            memcpy(&eight, bytes, sizeof eight);
            if (are_plain(eight)) {
                memcpy(to, &eight, sizeof eight);
                to += sizeof eight;
                bytes += sizeof eight;
                continue;
            }
        }
        if (is_plain(*bytes))
            *to++ = (char)*bytes++;
        else
            bytes += put_character(&to, bytes, (size_t)(end - bytes));
    }
    return to;
}

char *clean_name_tag(char *start, char *end)
{
    const struct span key = SPAN("name");
    size_t length = (size_t)(end - start);
    if (!memchr(start, ';', length) || !tag_key_is_in((struct span){ start, length }, key))
        return end;
    char *copy = xmalloc(length);
    memcpy(copy, start, length);
    end = tag_key_rename(start, (struct span){ copy, length }, key);
    free(copy);
    return end;
}
