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

static size_t make_safe(char *to, struct span from, bool in_tag)
{
    char *start = to;
    bool in_space = false;
    for (size_t i = 0; i < from.length; i++) {
        char byte = from.text[i];
        unsigned class = safe_classes[(unsigned char)byte];
        bool is_space = class & SAFE_SPACE;
        if ((class & SAFE_NAME) || (byte == ':' && in_tag))
            *to++ = byte;
        else if ((is_space && !in_space) || (byte == ';' && in_tag))
            *to++ = '_';
        else if (byte == '/')
            *to++ = '-';
        in_space = is_space;
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
