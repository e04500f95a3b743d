/* value: a JavaScript value as a config file holds it: a tree, with the line of each part. */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/index.h"
#include "base/span.h"

enum value_kind {
    VALUE_UNDEFINED,
    VALUE_NULL,
    VALUE_BOOLEAN,
    VALUE_NUMBER,
    VALUE_STRING,
    VALUE_LIST,
    VALUE_OBJECT,
};

struct value {
    enum value_kind kind;
    unsigned line; /* where it begins, from 1 */
    bool boolean;
    double number;       /* may be NaN, but not from a literal */
    char *text;          /* a string's bytes, without NUL bytes, and a NUL */
    struct value *first; /* the members of a list or an object */
    struct value *last;
    struct value *next;     /* the next member of the same list or object */
    char *key;              /* an object's member: its key */
    struct index by_key;    /* an object's members */
    struct index_node node; /* in the object's by_key */
};

struct value *value_new(enum value_kind kind, unsigned line);

/* A string that owns a copy of the text. */
struct value *value_string(struct span text, unsigned line);

/* Frees the value with all of its members; NULL is nothing to free. */
void value_free(struct value *v);

/* Appends a member, which v then owns, to a list or an object; the caller must not use it
 * afterwards. An object's earlier member of the same key gets its value, and stays where it is. */
void value_append(struct value *v, struct value *member);

/* The object's member of that key, or NULL. v may be NULL or no object. */
struct value *value_member(const struct value *v, const char *key);

/* Truth, number (NaN if it is not one) and equality (==) by JavaScript's rules. */
bool value_is_true(const struct value *v);
double value_to_number(const struct value *v);
bool value_equal(const struct value *a, const struct value *b);

/* `a string`, `a list`, … for messages. */
const char *value_kind_name(enum value_kind kind);

#endif
