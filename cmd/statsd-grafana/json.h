/* json: writes JSON to a text. Commas come by themselves. */
#ifndef JSON_H
#define JSON_H

#include "base/text.h"

struct json {
    struct text *to;
    bool has_begun; /* there is a value before the next one, which then needs a comma */
};

/* A key, or NULL inside an array, and what begins or ends an object (`{}`) or an array (`[]`). */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);

/* A key, or NULL, and a value. In strings, bytes that are not UTF-8 become U+FFFD. */
void json_string(struct json *j, const char *key, const char *value);
void json_span(struct json *j, const char *key, struct span value);
void json_number(struct json *j, const char *key, double value);
void json_bool(struct json *j, const char *key, bool value);

#endif
