#include "json.h"

#include "format/json.h"

static void put_quoted(struct text *t, struct span from)
{
    char *room = text_room(t, JSON_EACH * from.length + JSON_QUOTES);
    text_added(t, (size_t)(json_put_string(room, from) - room));
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
