#include "value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/number.h"
#include "base/xalloc.h"

struct value *value_new(enum value_kind kind, unsigned line)
{
    struct value *v = xcalloc(1, sizeof *v);
    v->kind = kind;
    v->line = line;
    return v;
}

struct value *value_string(struct span text, unsigned line)
{
    struct value *v = value_new(VALUE_STRING, line);
    v->text = xstrndup(text.text, text.length);
    return v;
}

static void free_content(struct value *v)
{
    while (v->first) {
        struct value *member = v->first;
        v->first = member->next;
        value_free(member);
    }
    index_free(&v->by_key);
    free(v->text);
}

void value_free(struct value *v)
{
    if (!v)
        return;
    free_content(v);
    free(v->key);
    free(v);
}

/* A fixed seed is enough: the config comes from the operator, who gains nothing from collisions. */
static uint64_t hash_of(const char *key)
{
    static const struct hash_seed seed = { { UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd1b54a32d192ed03),
                                             UINT64_C(0xbf58476d1ce4e5b9), UINT64_C(0x94d049bb133111eb) } };
    return hash_bytes(&seed, key, strlen(key), 0);
}

static struct value *find_member(const struct value *v, const char *key, uint64_t hash)
{
    for (struct index_node *n = index_find(&v->by_key, hash); n; n = index_next(n)) {
        struct value *member = INDEX_OWNER(n, struct value, node);
        if (strcmp(member->key, key) == 0)
            return member;
    }
    return NULL;
}

/* Moves the value of one member to another. */
static void replace_value(struct value *to, struct value *from)
{
    free_content(to);
    *to = (struct value){ .kind = from->kind,
                          .line = from->line,
                          .boolean = from->boolean,
                          .number = from->number,
                          .text = from->text,
                          .first = from->first,
                          .last = from->last,
                          .next = to->next,
                          .key = to->key,
                          .by_key = from->by_key,
                          .node = to->node };
    free(from->key);
    free(from);
}

void value_append(struct value *v, struct value *member)
{
    uint64_t hash = member->key ? hash_of(member->key) : 0;
    struct value *old = member->key ? find_member(v, member->key, hash) : NULL;
    if (old) {
        replace_value(old, member);
        return;
    }
    if (member->key)
        index_add(&v->by_key, &member->node, hash);
    *(v->last ? &v->last->next : &v->first) = member;
    v->last = member;
}

struct value *value_member(const struct value *v, const char *key)
{
    return v && v->kind == VALUE_OBJECT ? find_member(v, key, hash_of(key)) : NULL;
}

bool value_is_true(const struct value *v)
{
    switch (v->kind) {
    case VALUE_UNDEFINED:
    case VALUE_NULL: return false;
    case VALUE_BOOLEAN: return v->boolean;
    case VALUE_NUMBER: return v->number != 0 && !isnan(v->number);
    case VALUE_STRING: return *v->text != '\0';
    default: return true;
    }
}

static double number_of_text(const char *text)
{
    static const char blanks[] = " \t\n\r\v\f";
    size_t length = strlen(text + strspn(text, blanks));
    double value;
    text += strspn(text, blanks);
    while (length && strchr(blanks, text[length - 1]))
        length--;
    if (!length)
        return 0;
    if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
        strspn(text + 2, "0123456789abcdefABCDEF") == length - 2)
        return (double)strtoull(text + 2, NULL, 16);
    enum number_result result = number_parse(text, length, &value);
    return result == NUMBER_OK ? value : result == NUMBER_OVERFLOW ? (double)INFINITY : (double)NAN;
}

double value_to_number(const struct value *v)
{
    switch (v->kind) {
    case VALUE_NULL: return 0;
    case VALUE_BOOLEAN: return v->boolean;
    case VALUE_NUMBER: return v->number;
    case VALUE_STRING: return number_of_text(v->text);
    default: return NAN;
    }
}

bool value_equal(const struct value *a, const struct value *b)
{
    bool a_is_none = a->kind <= VALUE_NULL, b_is_none = b->kind <= VALUE_NULL;
    if (a_is_none || b_is_none)
        return a_is_none && b_is_none;
    if (a->kind == VALUE_STRING && b->kind == VALUE_STRING)
        return strcmp(a->text, b->text) == 0;
    return value_to_number(a) == value_to_number(b);
}

const char *value_kind_name(enum value_kind kind)
{
    static const char *const names[] = {
        "undefined", "null", "a boolean", "a number", "a string", "a list", "an object"
    };
    return names[kind];
}
