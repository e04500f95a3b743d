#include "base/xalloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

static void *checked(void *memory)
{
    if (!memory)
        die("out of memory");
    return memory;
}

void *xmalloc(size_t size)
{
    return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xreallocarray(void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        die("out of memory");
    size_t bytes = count * size;
    return checked(realloc(old, bytes ? bytes : 1));
}

char *xstrndup(const char *text, size_t length)
{
    char *copy = xmalloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

FILE *xmemstream_begin(char **text, size_t *size)
{
    return checked(open_memstream(text, size));
}

void xmemstream_end(FILE *stream)
{
    bool is_good = !ferror(stream);
    if (fclose(stream) != 0 || !is_good)
        die("out of memory");
}
