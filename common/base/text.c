#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

void text_print(struct text *t, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t length = (size_t)vsnprintf(NULL, 0, format, arguments);
    vsnprintf(text_room(t, length + 1), length + 1, format, again);
    text_added(t, length);
    va_end(again);
    va_end(arguments);
}
