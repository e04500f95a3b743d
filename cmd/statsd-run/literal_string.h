/* literal_string: a JavaScript string in quotes → its bytes, in UTF-8. */
#ifndef LITERAL_STRING_H
#define LITERAL_STRING_H

#include <stdbool.h>

struct literal_string {
    const char *next, *end; /* begins at the opening quote, ' or " or `; after reading, next is after the closing one */
    unsigned lines;         /* line ends inside */
    char *text;             /* the bytes and a NUL; the caller frees it */
    const char *error;      /* what is wrong */
    bool is_expression;     /* with this: `${` between backquotes */
};

/* Returns false, with error set and text NULL, if the string has no end or a NUL in it. */
bool literal_string_read(struct literal_string *s);

#endif
