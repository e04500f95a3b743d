#include "json.h"

#include <stdint.h>
#include <stdio.h>

#include "base/utf8.h"

static void put_quoted(struct text *t, struct span from)
{
    text_put_byte(t, '"');
    for (size_t i = 0, size; i < from.length; i += size) {
        uint32_t point;
        unsigned char c = (unsigned char)from.text[i];
        size = c < 0x80 ? 1 : utf8_sequence(from.text + i, from.length - i, &point);
        if (c < 0x20 || c == 0x7f) {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", c);
            text_put_string(t, escape);
        } else if (!size) {
            text_put_string(t, "\\ufffd");
            size = 1;
        } else {
            if (c == '"' || c == '\\')
                text_put_byte(t, '\\');
            text_put(t, (struct span){ from.text + i, size });
        }
    }
    text_put_byte(t, '"');
}

static void put_key(struct json *j, const char *key)
{
    if (j->has_begun)
        text_put_byte(j->to, ',');
    j->has_begun = true;
    if (!key)
        return;
    put_quoted(j->to, (struct span){ key, strlen(key) });
    text_put_byte(j->to, ':');
}

void json_open(struct json *j, const char *key, char bracket)
{
    put_key(j, key);
    text_put_byte(j->to, bracket);
    j->has_begun = false;
}

void json_close(struct json *j, char bracket)
{
    text_put_byte(j->to, bracket);
    j->has_begun = true;
}

void json_span(struct json *j, const char *key, struct span value)
{
    put_key(j, key);
    put_quoted(j->to, value);
}

void json_string(struct json *j, const char *key, const char *value)
{
    json_span(j, key, (struct span){ value, strlen(value) });
}

void json_number(struct json *j, const char *key, double value)
{
    put_key(j, key);
    text_put_number(j->to, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
    put_key(j, key);
    text_put_string(j->to, value ? "true" : "false");
}
