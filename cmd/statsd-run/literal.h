/* literal: the text of a config file → a value.
 *
 * The text is a JavaScript object literal, as statsd/statsd's config files are: comments, unquoted
 * keys, either quotes, trailing commas. It is read, never executed. These expressions are
 * understood as well: process.env.NAME, Number(x), parseInt(x), `a || b`, `a == b` and `a === b` of
 * these, require('os').hostname(), with .split('.')[0] after it; and around the whole object,
 * `module.exports = …;` and `(function () { return …; })();`. */
#ifndef LITERAL_H
#define LITERAL_H

#include <stdbool.h>

#include "base/span.h"
#include "value.h"

enum { LITERAL_DEPTH = 64 }; /* of nested lists, objects and parentheses */

/* What a file may ask for. */
struct literal_world {
    const char *(*variable)(const char *name); /* of the environment; NULL: it is not set */
    const char *host;
};

struct literal_error {
    unsigned line;
    bool is_expression; /* it may be JavaScript that is not supported */
    char text[400];     /* `found 'x': expected a value` */
};

/* Returns the object, which the caller frees with value_free; or NULL, with *error set. */
struct value *literal_parse(struct span text, const struct literal_world *world, struct literal_error *error);

#endif
