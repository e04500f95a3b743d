#include "sink/http_auth.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/xalloc.h"

enum { AUTH_MAX = 65536 };

static bool is_value(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            return false;
    return length > 0;
}

char *http_auth_read(const char *path, const char **why)
{
    static char text[AUTH_MAX];
    FILE *file = fopen(path, "re");
    if (!file) {
        *why = strerror(errno);
        return NULL;
    }
    size_t length = fread(text, 1, sizeof text, file);
    *why = ferror(file) ? strerror(errno) : "its first line is no header's value";
    fclose(file);
    const char *start = utf8_after_mark(text, text + length), *end = memchr(text, '\n', length);
    end = end ? end : text + length;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    return is_value(start, (size_t)(end - start)) ? xstrndup(start, (size_t)(end - start)) : NULL;
}
