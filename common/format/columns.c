#include "format/columns.h"

#include <string.h>

static const char letter_of[256] = { ['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r', [0] = '0', ['\\'] = '\\' };

char *columns_escape(char *to, struct span from)
{
    for (size_t i = 0; i < from.length; i++) {
        char letter = letter_of[(unsigned char)from.text[i]];
        if (letter)
            *to++ = '\\';
        *to++ = letter ? letter : from.text[i];
    }
    return to;
}

static int byte_of(char letter)
{
    switch (letter) {
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case '0': return 0;
    case '\\': return '\\';
    default: return -1;
    }
}

char *columns_unescape(char *to, struct span from)
{
    const char *end = from.text + from.length;
    for (const char *p = from.text; p < end; p++) {
        int byte = *p == '\\' && p + 1 < end ? byte_of(p[1]) : -1;
        if (byte >= 0)
            p++;
        *to++ = byte >= 0 ? (char)byte : *p;
    }
    return to;
}

size_t columns_split(const char *line, size_t length, struct span *columns, size_t most)
{
    const char *end = line + length;
    size_t count = 0;
    while (count < most) {
        const char *tab = memchr(line, '\t', (size_t)(end - line));
        const char *stop = tab ? tab : end;
        columns[count++] = (struct span){ line, (size_t)(stop - line) };
        if (!tab)
            break;
        line = tab + 1;
    }
    return count;
}
