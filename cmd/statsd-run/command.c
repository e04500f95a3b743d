#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void command_add(struct command *c, const char *word)
{
    c->words = xreallocarray(c->words, c->count + 2, sizeof *c->words);
    c->words[c->count++] = xstrndup(word, strlen(word));
    c->words[c->count] = NULL;
}

void command_add_option(struct command *c, const char *name, const char *value)
{
    command_print(c, "--%s", name);
    if (value)
        command_add(c, value);
}

void command_print(struct command *c, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *text = xmalloc((size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    command_add(c, text);
    free(text);
}

void command_append(struct command *c, const struct command *other)
{
    for (size_t i = 0; i < other->count; i++)
        command_add(c, other->words[i]);
}

bool command_equal(const struct command *a, const struct command *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->words[i], b->words[i]) != 0)
            return false;
    return true;
}

void command_free(struct command *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->words[i]);
    free(c->words);
    *c = (struct command){ .words = NULL };
}

static bool is_plain(const char *word)
{
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=@%+";
    return *word && strspn(word, bytes) == strlen(word);
}

/* The most bytes that a word takes: each quote becomes four. */
static size_t quoted_size(const char *word)
{
    return 4 * strlen(word) + 3;
}

static char *put_quoted(char *to, const char *word)
{
    if (is_plain(word))
        return stpcpy(to, word);
    *to++ = '\'';
    for (; *word; word++)
        to = *word == '\'' ? stpcpy(to, "'\\''") : (*to = *word, to + 1);
    *to++ = '\'';
    return to;
}

char *command_text(const struct command *c)
{
    size_t size = 1;
    for (size_t i = 0; i < c->count; i++)
        size += quoted_size(c->words[i]) + 1;
    char *text = xmalloc(size), *to = text;
    for (size_t i = 0; i < c->count; i++) {
        if (i)
            *to++ = ' ';
        to = put_quoted(to, c->words[i]);
    }
    *to = '\0';
    return text;
}
