#include "literal_string.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static char *put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* Takes `digits` hexadecimal digits. False if there are fewer. */
static bool take_hex(struct literal_string *s, unsigned digits, uint32_t *code)
{
    *code = 0;
    for (; digits; digits--, s->next++) {
        const char *all = "0123456789abcdef";
        const char *found = s->next < s->end && *s->next ? strchr(all, *s->next | 0x20) : NULL;
        if (!found)
            return false;
        *code = *code << 4 | (uint32_t)(found - all);
    }
    return true;
}

/* \u1234, perhaps the first half of a pair, or \u{12345}; after the `u`. */
static bool take_unicode(struct literal_string *s, uint32_t *code)
{
    uint32_t low;
    if (s->next < s->end && *s->next == '{') {
        s->next++;
        const char *close = memchr(s->next, '}', (size_t)(s->end - s->next));
        if (!close || close == s->next || close - s->next > 6 || !take_hex(s, (unsigned)(close - s->next), code))
            return false;
        s->next++;
        return *code <= 0x10ffff;
    }
    if (!take_hex(s, 4, code))
        return false;
    if (*code >= 0xd800 && *code < 0xdc00 && s->end - s->next >= 6 && s->next[0] == '\\' && s->next[1] == 'u') {
        s->next += 2;
        if (!take_hex(s, 4, &low))
            return false;
        *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    }
    return *code <= 0x10ffff;
}

/* An escape, after its backslash. Returns the end of what was written, or NULL. */
static char *take_escape(struct literal_string *s, char *to)
{
    static const char letters[] = "nrtbfv", bytes[] = "\n\r\t\b\f\v";
    char c = *s->next++;
    const char *letter = c ? strchr(letters, c) : NULL;
    uint32_t code;
    if (letter) {
        *to++ = bytes[letter - letters];
        return to;
    }
    if (c == '\r' && s->next < s->end && *s->next == '\n')
        c = *s->next++;
    if (c == '\n') {
        s->lines++;
        return to;
    }
    if (c != 'x' && c != 'u' && c != '0') {
        *to++ = c;
        return to;
    }
    bool is_good = c == 'x' ? take_hex(s, 2, &code) : c == 'u' ? take_unicode(s, &code) : false;
    if (is_good && code)
        return put_utf8(to, code);
    s->error = c == '0' || is_good ? "found a NUL in a string: expected other bytes"
                                   : "found a bad escape in a string: expected hexadecimal digits";
    return NULL;
}

static char *read_text(struct literal_string *s, char quote, char *to)
{
    while (s->next < s->end && *s->next != quote) {
        char c = *s->next++;
        if (quote == '`' && c == '$' && s->next < s->end && *s->next == '{') {
            s->error = "found '${' in a string: expected plain text";
            s->is_expression = true;
            return NULL;
        }
        if (c == '\\' && s->next < s->end) {
            to = take_escape(s, to);
            if (!to)
                return NULL;
            continue;
        }
        if (c == '\0' || (c == '\n' && quote != '`')) {
            s->error = c ? "found a string without its end: expected a quote before the end of the line"
                         : "found a NUL in a string: expected other bytes";
            return NULL;
        }
        s->lines += c == '\n';
        *to++ = c;
    }
    if (s->next < s->end)
        return to;
    s->error = "found a string without its end: expected a quote before the end of the file";
    return NULL;
}

bool literal_string_read(struct literal_string *s)
{
    char quote = *s->next++;
    /* An escape is at least as long as what it stands for, so the result fits. */
    char *text = xmalloc((size_t)(s->end - s->next) + 1), *end = read_text(s, quote, text);
    if (!end) {
        free(text);
        return false;
    }
    *end = '\0';
    s->text = xstrndup(text, (size_t)(end - text));
    free(text);
    s->next++;
    return true;
}
