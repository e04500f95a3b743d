/* parser: the text of a config file being read. A part of literal.h. */
#ifndef PARSER_H
#define PARSER_H

#include <stdbool.h>

#include "base/span.h"
#include "literal.h"

struct parser {
    const char *next, *end;
    unsigned line, depth;
    const struct literal_world *world;
    struct literal_error *error;
    bool failed;
};

/* Notes an error, unless there was one before. */
void parser_fail_at(struct parser *p, unsigned line, bool is_expression, const char *text);

/* The same: `found 'x': expected …`, where x is the next text. */
void parser_fail_found(struct parser *p, const char *expected);

void parser_skip_space(struct parser *p);

bool parser_is_at(const struct parser *p, const char *text);
bool parser_is_name_byte(char c);
bool parser_is_quote(char c);

/* Takes a punctuator, or a whole word, if it is next, with the space before it. */
bool parser_take(struct parser *p, const char *text);
bool parser_take_word(struct parser *p, const char *word);

/* Like parser_take, but fails if something else is next. */
bool parser_expect(struct parser *p, const char *text);

/* The letters, digits, `_` and `$` that are next. */
struct span parser_take_name(struct parser *p);

/* The string at the opening quote that is next, malloc'd; or NULL. */
char *parser_take_string(struct parser *p);

/* The value that is next, or NULL. */
struct value *parser_value(struct parser *p);

/* The same for one that begins with a name: a word, or an expression. */
struct value *parser_named(struct parser *p);

#endif
