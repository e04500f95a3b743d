#include "literal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "parser.h"

/* --- numbers and keys ------------------------------------------------------------------------ */

/* Unlike the number in a string, a literal may be octal: 0o755 or 0755. */
static double number_of(const char *text)
{
    const struct value v = { .kind = VALUE_STRING, .text = (char *)text };
    const char *digits = text + (text[0] == '0' && (text[1] == 'o' || text[1] == 'O') ? 2 : 1);
    if (text[0] == '0' && *digits && strspn(digits, "01234567") == strlen(digits))
        return (double)strtoull(digits, NULL, 8);
    return value_to_number(&v);
}

static struct value *parse_number(struct parser *p)
{
    const char *start = p->next;
    struct value *v = value_new(VALUE_NUMBER, p->line);
    if (*p->next == '-' || *p->next == '+')
        p->next++;
    while (p->next < p->end && (parser_is_name_byte(*p->next) || *p->next == '.' ||
                                ((*p->next == '-' || *p->next == '+') && (p->next[-1] == 'e' || p->next[-1] == 'E'))))
        p->next++;
    char *copy = xstrndup(start, (size_t)(p->next - start));
    v->number = number_of(copy);
    bool has_point_only = strcmp(copy, "-") == 0 || strcmp(copy, "+") == 0;
    free(copy);
    if (!has_point_only && !isnan(v->number))
        return v;
    p->next = start;
    parser_fail_found(p, "a value");
    value_free(v);
    return NULL;
}

static char *parse_key(struct parser *p)
{
    parser_skip_space(p);
    if (p->next < p->end && (*p->next == '\'' || *p->next == '"'))
        return parser_take_string(p);
    struct span name = parser_take_name(p);
    if (name.length)
        return xstrndup(name.text, name.length);
    parser_fail_found(p, "a key or '}'");
    return NULL;
}

/* --- lists and objects ------------------------------------------------------------------------ */

static bool enter(struct parser *p)
{
    if (++p->depth <= LITERAL_DEPTH)
        return true;
    parser_fail_at(p, p->line, false, "found lists or objects nested too deep: expected at most 64 levels");
    return false;
}

static bool parse_member(struct parser *p, struct value *object)
{
    char *key = parse_key(p);
    struct value *member = key && parser_expect(p, ":") ? parser_value(p) : NULL;
    if (!member) {
        free(key);
        return false;
    }
    member->key = key;
    value_append(object, member);
    return true;
}

static bool parse_item(struct parser *p, struct value *list)
{
    struct value *item = parser_value(p);
    if (item)
        value_append(list, item);
    return item;
}

/* After the opening bracket. */
static struct value *parse_members(struct parser *p, enum value_kind kind, const char *close)
{
    struct value *v = value_new(kind, p->line);
    bool is_good = enter(p);
    while (is_good && !parser_take(p, close)) {
        is_good = kind == VALUE_OBJECT ? parse_member(p, v) : parse_item(p, v);
        if (is_good && !parser_take(p, ",")) {
            is_good = parser_take(p, close);
            if (!is_good)
                parser_fail_found(p, kind == VALUE_OBJECT ? "',' or '}'" : "',' or ']'");
            break;
        }
    }
    p->depth--;
    if (is_good && !p->failed)
        return v;
    value_free(v);
    return NULL;
}

/* --- expressions ---------------------------------------------------------------------------- */

/* After `(`. */
static struct value *parse_group(struct parser *p)
{
    struct value *v = enter(p) ? parser_value(p) : NULL;
    p->depth--;
    if (!v || parser_expect(p, ")"))
        return v;
    value_free(v);
    return NULL;
}

static struct value *parse_primary(struct parser *p)
{
    parser_skip_space(p);
    if (p->failed || p->next == p->end) {
        parser_fail_found(p, "a value");
        return NULL;
    }
    char c = *p->next;
    if (parser_is_quote(c)) {
        unsigned line = p->line;
        char *text = parser_take_string(p);
        struct value *v = text ? value_string((struct span){ text, strlen(text) }, line) : NULL;
        free(text);
        return v;
    }
    if ((c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+')
        return parse_number(p);
    if (parser_take(p, "{"))
        return parse_members(p, VALUE_OBJECT, "}");
    if (parser_take(p, "["))
        return parse_members(p, VALUE_LIST, "]");
    if (parser_take(p, "("))
        return parse_group(p);
    return parser_named(p);
}

static struct value *parse_comparison(struct parser *p)
{
    struct value *left = parse_primary(p);
    if (!left || !parser_take(p, "=="))
        return left;
    if (p->next < p->end && *p->next == '=')
        p->next++;
    struct value *right = parse_primary(p), *result = right ? value_new(VALUE_BOOLEAN, p->line) : NULL;
    if (result)
        result->boolean = value_equal(left, right);
    value_free(left);
    value_free(right);
    return result;
}

struct value *parser_value(struct parser *p)
{
    struct value *v = parse_comparison(p);
    while (v && parser_take(p, "||")) {
        struct value *other = parse_comparison(p);
        bool is_first = other && value_is_true(v);
        value_free(is_first ? other : v);
        v = is_first ? v : other;
    }
    return v;
}

/* --- the file --------------------------------------------------------------------------------- */

/* `function () { return …; }` and its call, after the `(`. */
static struct value *parse_function(struct parser *p)
{
    parser_skip_space(p);
    parser_take_name(p);
    if (!parser_expect(p, "(") || !parser_expect(p, ")") || !parser_expect(p, "{"))
        return NULL;
    if (!parser_take_word(p, "return")) {
        parser_fail_found(p, "'return'");
        return NULL;
    }
    struct value *v = parser_value(p);
    if (!v)
        return NULL;
    parser_take(p, ";");
    bool is_good = parser_expect(p, "}");
    bool is_called = is_good && parser_take(p, "(") && parser_expect(p, ")");
    is_good = is_good && parser_expect(p, ")") && (is_called || (parser_expect(p, "(") && parser_expect(p, ")")));
    if (is_good)
        return v;
    value_free(v);
    return NULL;
}

static struct value *parse_file(struct parser *p)
{
    if (parser_take_word(p, "module")) {
        if (!parser_expect(p, ".") || !(parser_take_word(p, "exports") || (parser_fail_found(p, "'exports'"), false)) ||
            !parser_expect(p, "="))
            return NULL;
        return parser_value(p);
    }
    const char *start = p->next;
    unsigned line = p->line;
    if (parser_take(p, "(") && parser_take_word(p, "function"))
        return parse_function(p);
    p->next = start;
    p->line = line;
    return parser_value(p);
}

static struct value *refuse(struct value *v)
{
    value_free(v);
    return NULL;
}

struct value *literal_parse(struct span text, const struct literal_world *world, struct literal_error *error)
{
    struct parser p = { text.text, text.text + text.length, 1, 0, world, error, false };
    *error = (struct literal_error){ .line = 1 };
    if (parser_is_at(&p, "\xef\xbb\xbf"))
        p.next += 3;
    parser_skip_space(&p);
    struct value *v = parse_file(&p);
    if (!v)
        return NULL;
    parser_take(&p, ";");
    parser_skip_space(&p);
    if (!p.failed && p.next < p.end)
        parser_fail_found(&p, "the end of the file");
    if (p.failed)
        return refuse(v);
    if (v->kind == VALUE_OBJECT)
        return v;
    char what[80];
    snprintf(what, sizeof what, "found %s: expected an object", value_kind_name(v->kind));
    parser_fail_at(&p, v->line, false, what);
    return refuse(v);
}
