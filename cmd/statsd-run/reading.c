#include "reading.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/number.h"
#include "base/xalloc.h"

enum { MESSAGE_MAX = 1000 };

static void tell(struct reading *r, const struct value *v, bool is_error, const char *format, va_list arguments)
{
    char text[MESSAGE_MAX];
    vsnprintf(text, sizeof text, format, arguments);
    r->failed |= is_error;
    r->listener->tell(r->listener->self, is_error, v ? v->line : 0, text);
}

void reading_error(struct reading *r, const struct value *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(r, v, true, format, arguments);
    va_end(arguments);
}

void reading_warn(struct reading *r, const struct value *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(r, v, false, format, arguments);
    va_end(arguments);
}

char *reading_scalar(const struct value *v)
{
    char number[NUMBER_TEXT_MAX];
    if (v->kind == VALUE_STRING)
        return xstrndup(v->text, strlen(v->text));
    if (v->kind == VALUE_NUMBER && isfinite(v->number))
        return xstrndup(number, number_format(v->number, number));
    return NULL;
}

struct reading_text reading_quote(const struct value *v)
{
    struct reading_text quoted;
    char *text = reading_scalar(v);
    if (text)
        snprintf(quoted.text, sizeof quoted.text, "%s", quote(text, strlen(text)).text);
    else if (v->kind == VALUE_BOOLEAN)
        snprintf(quoted.text, sizeof quoted.text, "%s", v->boolean ? "true" : "false");
    else
        snprintf(quoted.text, sizeof quoted.text, "%s", v->kind == VALUE_NUMBER ? "NaN" : value_kind_name(v->kind));
    free(text);
    return quoted;
}

const struct value *reading_member(const struct value *object, const char *name)
{
    const struct value *v = value_member(object, name);
    return v && v->kind > VALUE_NULL ? v : NULL;
}

double reading_number(struct reading *r, const struct value *object, const char *name, double fallback, double least,
                      double most)
{
    const struct value *v = reading_member(object, name);
    if (!v || !value_is_true(v))
        return fallback;
    double number = value_to_number(v);
    if (number >= least && number <= most && number == trunc(number))
        return number;
    reading_error(r, v, "%s: found %s: expected a whole number from %.0f to %.0f", name, reading_quote(v).text, least,
                  most);
    return fallback;
}

bool reading_flag(struct reading *r, const struct value *object, const char *name, bool fallback)
{
    const struct value *v = value_member(object, name);
    if (!v || v->kind == VALUE_UNDEFINED)
        return fallback;
    if (v->kind == VALUE_STRING && strcmp(v->text, "false") == 0)
        reading_warn(r, v, "%s: found 'false' in quotes, which is true in JavaScript: expected true or false", name);
    return value_is_true(v);
}

char *reading_text(struct reading *r, const struct value *object, const char *name, const char *fallback)
{
    const struct value *v = reading_member(object, name);
    char *text = v ? reading_scalar(v) : NULL;
    if (v && !text)
        reading_error(r, v, "%s: found %s: expected a string", name, reading_quote(v).text);
    return text ? text : fallback ? xstrndup(fallback, strlen(fallback)) : NULL;
}

/* `maxSeries` → `max-series`. */
static char *option_name(const char *key)
{
    char *name = xmalloc(2 * strlen(key) + 1), *to = name;
    for (; *key; key++) {
        if (isupper((unsigned char)*key) && to != name)
            *to++ = '-';
        *to++ = (char)tolower((unsigned char)*key);
    }
    *to = '\0';
    return name;
}

void reading_option(struct reading *r, const struct value *v, const char *option, struct command *c)
{
    if (v->kind == VALUE_LIST) {
        for (const struct value *item = v->first; item; item = item->next)
            reading_option(r, item, option, c);
        return;
    }
    char *text = reading_scalar(v);
    if (text)
        command_add_option(c, option, text);
    else if (v->kind == VALUE_BOOLEAN && v->boolean)
        command_add_option(c, option, NULL);
    else if (v->kind == VALUE_OBJECT || v->kind == VALUE_NUMBER)
        reading_error(r, v, "%s: found %s: expected a string, a number, true, false or a list", option,
                      reading_quote(v).text);
    free(text);
}

static bool is_among(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

void reading_options(struct reading *r, const struct value *object, const char *const *without, struct command *c)
{
    if (!object)
        return;
    for (const struct value *v = object->first; v; v = v->next) {
        if (is_among(v->key, without))
            continue;
        char *name = option_name(v->key);
        reading_option(r, v, name, c);
        free(name);
    }
}
