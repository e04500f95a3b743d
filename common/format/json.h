/* json: bytes of foreign origin as JSON (RFC 8259). */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include "base/span.h"

/* The most bytes json_put_string writes for each byte of the text, and besides. */
enum { JSON_EACH = 6, JSON_QUOTES = 2 };

/* Writes the text as a string, in quotes, and returns the end. What is not UTF-8 becomes U+FFFD. */
char *json_put_string(char *to, struct span text);

#endif
