#include "parser.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/xalloc.h"

/* process.env.NAME or process.env['NAME'], after `process`. */
static struct value *parse_environment(struct parser *p)
{
    unsigned line = p->line;
    char *name = NULL;
    if (!parser_expect(p, ".") || !(parser_take_word(p, "env") || (parser_fail_found(p, "process.env.NAME"), false)))
        return NULL;
    if (parser_take(p, "[")) {
        parser_skip_space(p);
        name = p->next < p->end && parser_is_quote(*p->next) ? parser_take_string(p) : NULL;
        if (!name)
            parser_fail_found(p, "a name in quotes");
        else
            parser_expect(p, "]");
    } else if (parser_expect(p, ".")) {
        parser_skip_space(p);
        struct span word = parser_take_name(p);
        name = xstrndup(word.text, word.length);
    }
    const char *value = name && !p->failed ? p->world->variable(name) : NULL;
    free(name);
    if (p->failed)
        return NULL;
    return value ? value_string((struct span){ value, strlen(value) }, line) : value_new(VALUE_UNDEFINED, line);
}

static bool expect_string(struct parser *p, const char *wanted)
{
    char expected[40];
    parser_skip_space(p);
    const char *start = p->next;
    char *text = p->next < p->end && parser_is_quote(*p->next) ? parser_take_string(p) : NULL;
    bool is_it = text && strcmp(text, wanted) == 0;
    free(text);
    if (is_it)
        return true;
    p->next = start;
    snprintf(expected, sizeof expected, "'%s' in quotes", wanted);
    parser_fail_found(p, expected);
    return false;
}

/* require('os').hostname(), perhaps with .split('.')[0], after `require`. */
static struct value *parse_host(struct parser *p)
{
    unsigned line = p->line;
    const char *host = p->world->host;
    size_t length = strlen(host);
    if (!parser_expect(p, "(") || !expect_string(p, "os") || !parser_expect(p, ")") || !parser_expect(p, ".") ||
        !(parser_take_word(p, "hostname") || (parser_fail_found(p, "hostname()"), false)) || !parser_expect(p, "(") ||
        !parser_expect(p, ")"))
        return NULL;
    if (parser_take(p, ".")) {
        if (!(parser_take_word(p, "split") || (parser_fail_found(p, "split('.')[0]"), false)) ||
            !parser_expect(p, "(") || !expect_string(p, ".") || !parser_expect(p, ")") || !parser_expect(p, "[") ||
            !parser_expect(p, "0") || !parser_expect(p, "]"))
            return NULL;
        length = strcspn(host, ".");
    }
    return value_string((struct span){ host, length }, line);
}

static double parse_int(const struct value *v)
{
    if (v->kind == VALUE_NUMBER)
        return trunc(v->number);
    if (v->kind != VALUE_STRING)
        return NAN;
    const char *text = v->text + strspn(v->text, " \t\n\r\v\f");
    size_t sign = *text == '-' || *text == '+', digits = strspn(text + sign, "0123456789");
    double number;
    return digits && number_parse(text, sign + digits, &number) == NUMBER_OK ? number : (double)NAN;
}

/* Number(x), parseInt(x) or parseInt(x, 10), after the name. */
static struct value *parse_conversion(struct parser *p, bool is_integer)
{
    struct value *v = parser_expect(p, "(") ? parser_value(p) : NULL;
    if (!v)
        return NULL;
    if (is_integer && parser_take(p, ","))
        parser_expect(p, "10");
    struct value *number = value_new(VALUE_NUMBER, v->line);
    number->number = is_integer ? parse_int(v) : value_to_number(v);
    value_free(v);
    if (parser_expect(p, ")"))
        return number;
    value_free(number);
    return NULL;
}

static struct value *new_boolean(const struct parser *p, bool boolean)
{
    struct value *v = value_new(VALUE_BOOLEAN, p->line);
    v->boolean = boolean;
    return v;
}

struct value *parser_named(struct parser *p)
{
    const char *start = p->next;
    if (parser_take_word(p, "true"))
        return new_boolean(p, true);
    if (parser_take_word(p, "false"))
        return new_boolean(p, false);
    if (parser_take_word(p, "null"))
        return value_new(VALUE_NULL, p->line);
    if (parser_take_word(p, "undefined"))
        return value_new(VALUE_UNDEFINED, p->line);
    if (parser_take_word(p, "process"))
        return parse_environment(p);
    if (parser_take_word(p, "require"))
        return parse_host(p);
    if (parser_take_word(p, "Number"))
        return parse_conversion(p, false);
    if (parser_take_word(p, "parseInt"))
        return parse_conversion(p, true);
    p->next = start;
    parser_fail_found(p, "a value");
    return NULL;
}
