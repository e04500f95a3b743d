#include "parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "literal_string.h"

bool parser_is_name_byte(char c)
{
    /* A char has no sign on arm64, so this compares the byte as unsigned. */
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

/* --- white space and tokens ------------------------------------------------------------------- */

bool parser_is_at(const struct parser *p, const char *text)
{
    size_t length = strlen(text);
    return (size_t)(p->end - p->next) >= length && memcmp(p->next, text, length) == 0;
}

void parser_fail_at(struct parser *p, unsigned line, bool is_expression, const char *text)
{
    if (p->failed)
        return;
    p->failed = true;
    p->error->line = line;
    p->error->is_expression = is_expression;
    snprintf(p->error->text, sizeof p->error->text, "%s", text);
}

/* What stands here, for messages: a name with what belongs to it, or a byte. */
void parser_fail_found(struct parser *p, const char *expected)
{
    char text[400];
    const char *stop = p->next;
    while (stop < p->end && stop - p->next < 40 && (parser_is_name_byte(*stop) || *stop == '.'))
        stop++;
    bool is_name = stop != p->next;
    if (!is_name && stop < p->end)
        stop++;
    if (p->next == p->end)
        snprintf(text, sizeof text, "found the end of the file: expected %s", expected);
    else
        snprintf(text, sizeof text, "found %s: expected %s", quote(p->next, (size_t)(stop - p->next)).text, expected);
    bool is_expression = p->next < p->end && (is_name || strchr("'\"+-*/%?&|=<>!([.`~^", *p->next));
    parser_fail_at(p, p->line, is_expression, text);
}

static void skip_comment(struct parser *p)
{
    unsigned line = p->line;
    if (p->next[1] == '/') {
        while (p->next < p->end && *p->next != '\n')
            p->next++;
        return;
    }
    for (p->next += 2; p->next < p->end && !parser_is_at(p, "*/"); p->next++)
        p->line += *p->next == '\n';
    if (p->next == p->end)
        parser_fail_at(p, line, false, "found a comment without its end: expected '*/'");
    else
        p->next += 2;
}

void parser_skip_space(struct parser *p)
{
    while (p->next < p->end && !p->failed) {
        if (strchr(" \t\r\n\v\f", *p->next) && *p->next) {
            p->line += *p->next == '\n';
            p->next++;
        } else if (parser_is_at(p, "//") || parser_is_at(p, "/*")) {
            skip_comment(p);
        } else {
            break;
        }
    }
}

/* Takes a punctuator if it is next, with the space before it. */
bool parser_take(struct parser *p, const char *text)
{
    parser_skip_space(p);
    if (p->failed || !parser_is_at(p, text))
        return false;
    p->next += strlen(text);
    return true;
}

bool parser_expect(struct parser *p, const char *text)
{
    char expected[40];
    if (parser_take(p, text))
        return true;
    snprintf(expected, sizeof expected, "'%s'", text);
    parser_fail_found(p, expected);
    return false;
}

/* Takes a word if it is next. */
bool parser_take_word(struct parser *p, const char *word)
{
    parser_skip_space(p);
    size_t length = strlen(word);
    if (p->failed || !parser_is_at(p, word) || (p->next + length < p->end && parser_is_name_byte(p->next[length])))
        return false;
    p->next += length;
    return true;
}

struct span parser_take_name(struct parser *p)
{
    const char *start = p->next;
    while (p->next < p->end && parser_is_name_byte(*p->next))
        p->next++;
    return span_between(start, p->next);
}

bool parser_is_quote(char c)
{
    return c == '\'' || c == '"' || c == '`';
}

/* The string at the opening quote that is next, or NULL. */
char *parser_take_string(struct parser *p)
{
    unsigned line = p->line;
    struct literal_string string = { .next = p->next, .end = p->end };
    if (!literal_string_read(&string)) {
        parser_fail_at(p, line, string.is_expression, string.error);
        return NULL;
    }
    p->next = string.next;
    p->line += string.lines;
    return string.text;
}
