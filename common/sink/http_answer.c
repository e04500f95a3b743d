#include "sink/http_answer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum http_verdict http_verdict_of(long status)
{
    switch (status) {
    case 0:
    case 408:
    case 429: return HTTP_AGAIN;
    case 400:
    case 422: return HTTP_DATA;
    case 413: return HTTP_TOO_LARGE;
    default:
        if (status >= 200 && status < 300)
            return HTTP_DELIVERED;
        return status >= 500 && status < 600 ? HTTP_FAULT : HTTP_CONFIGURATION;
    }
}

/* Makes one line of the text: no control bytes, no blanks at its end. */
static size_t put_line(struct span text, char *to, size_t most)
{
    size_t length = 0;
    for (size_t i = 0; i < text.length && length < most; i++) {
        unsigned char c = (unsigned char)text.text[i];
        if (c >= ' ' && c != 127)
            to[length++] = (char)c;
        else if (length && to[length - 1] != ' ')
            to[length++] = ' ';
    }
    while (length && to[length - 1] == ' ')
        length--;
    return length;
}

/* The text of the first of these members that is a string, or an object that has such a member. */
static const char *find_words(const json_t *object, int depth)
{
    static const char *const members[] = { "error", "message", "Message", "reason" };
    const char *found = NULL;
    for (size_t i = 0; i < sizeof members / sizeof *members && !found; i++) {
        const json_t *member = json_object_get(object, members[i]);
        if (json_is_string(member) && json_string_length(member))
            found = json_string_value(member);
        else if (json_is_object(member) && depth > 0)
            found = find_words(member, depth - 1);
    }
    return found;
}

size_t http_words(struct span body, char words[HTTP_WORDS_MAX])
{
    size_t length = 0;
    json_t *json = json_loadb(body.text, body.length, JSON_ALLOW_NUL, NULL);
    const char *found = json_is_object(json) ? find_words(json, 2) : NULL;
    if (found) {
        length = put_line((struct span){ found, strlen(found) }, words, HTTP_WORDS_MAX - 1);
    } else {
        while (body.length && (*body.text == '\n' || *body.text == '\r'))
            body = (struct span){ body.text + 1, body.length - 1 };
        const char *end = memchr(body.text, '\n', body.length);
        length = put_line((struct span){ body.text, end ? (size_t)(end - body.text) : body.length }, words,
                          HTTP_WORDS_MAX - 1);
    }
    json_decref(json);
    words[length] = '\0';
    return length;
}

size_t http_reason(const struct http_answer *a, char reason[HTTP_WORDS_MAX])
{
    char words[HTTP_WORDS_MAX];
    int length;
    if (!a->status)
        length = snprintf(reason, HTTP_WORDS_MAX, "%s", a->failure);
    else if (http_words(a->body, words))
        length = snprintf(reason, HTTP_WORDS_MAX, "HTTP %ld: %s", a->status, words);
    else
        length = snprintf(reason, HTTP_WORDS_MAX, "HTTP %ld", a->status);
    return length < HTTP_WORDS_MAX ? (size_t)length : HTTP_WORDS_MAX - 1;
}
