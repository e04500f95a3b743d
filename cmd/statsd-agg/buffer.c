#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"

enum { PRINT_MAX = 256 };

char *buffer_room(struct buffer *b, size_t size)
{
    if (b->capacity - b->length < size) {
        b->capacity = b->capacity * 2 + size;
        b->text = xreallocarray(b->text, b->capacity, 1);
    }
    return b->text + b->length;
}

void buffer_add(struct buffer *b, const char *bytes, size_t length)
{
    if (!length)
        return;
    memcpy(buffer_room(b, length), bytes, length);
    b->length += length;
}

void buffer_print(struct buffer *b, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    b->length += (size_t)vsnprintf(buffer_room(b, PRINT_MAX), PRINT_MAX, format, arguments);
    va_end(arguments);
}
