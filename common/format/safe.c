#include "format/safe.h"

/* clang-format off */
enum { N = SAFE_NAME, S = SAFE_SPACE, E = SAFE_ESCAPED, B = SAFE_SPACE | SAFE_ESCAPED };
const unsigned char safe_classes[256] = {
    E, 0, 0, 0, 0, 0, 0, 0, 0, B, B, S, S, B, 0, 0, /* NUL, \t \n \v \f \r */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    S, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, N, N, 0, /* blank, - . */
    N, N, N, N, N, N, N, N, N, N, 0, 0, 0, N, 0, 0, /* 0 to 9, = */
    0, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* A to O */
    N, N, N, N, N, N, N, N, N, N, N, 0, E, 0, 0, N, /* P to Z, \ and _ */
    0, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* a to o */
    N, N, N, N, N, N, N, N, N, N, N, 0, 0, 0, 0, 0, /* p to z */
};
/* clang-format on */

/* What replaces a byte of the given class. */
enum { DROPPED = 0, SPACE = 1 };

static inline char replacement(char byte, bool in_tag)
{
    unsigned class = safe_classes[(unsigned char)byte];
    if (class & SAFE_SPACE)
        return SPACE;
    if (in_tag && (byte == ':' || byte == ';'))
        return byte == ':' ? ':' : '_';
    return byte == '/' ? '-' : DROPPED;
}

static inline size_t make_safe(char *to, struct span from, bool in_tag)
{
    char *start = to;
    bool in_space = false;
    for (size_t i = 0; i < from.length; i++) {
        char byte = from.text[i];
        if (safe_classes[(unsigned char)byte] & SAFE_NAME) {
            *to++ = byte;
            in_space = false;
            continue;
        }
        byte = replacement(byte, in_tag);
        if (byte == SPACE ? !in_space : byte != DROPPED)
            *to++ = byte == SPACE ? '_' : byte;
        in_space = byte == SPACE;
    }
    return (size_t)(to - start);
}

size_t safe_name(char *to, struct span name)
{
    return make_safe(to, name, false);
}

size_t safe_tag(char *to, struct span text)
{
    return make_safe(to, text, true);
}

bool safe_is_nothing(struct span name)
{
    size_t dots = 0;
    while (dots < name.length && name.text[dots] == '.')
        dots++;
    return dots == name.length;
}
