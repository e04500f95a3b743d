/* template: the index template that makes statistics doubles. Without it, the first value, such as
 * 3, would make the field a long, and 3 and 3.5 would add up to 6. It is created if there is none
 * of its name. */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stdbool.h>

#include "sink/http_answer.h"

struct template
{
    char *root_url, *template_url;
    char *pattern; /* of the indexes: `statsd-*` */
    bool is_stream;
    enum { TEMPLATE_ASK_SERVER, TEMPLATE_ASK, TEMPLATE_PUT, TEMPLATE_DONE } step;
    char *body; /* of TEMPLATE_PUT */
};

/* url is the server's, without `_bulk`; index is as documents_init takes it. */
void template_init(struct template *t, const char *url, const char *index, bool is_stream);
void template_free(struct template *t);

/* The URL of something below the server's: path goes before a query that the URL has. Freed by the
 * caller. */
char *template_url(const char *url, const char *path);

/* Takes the answer to the request of the step, and goes on. Returns false if the request has
 * failed. */
bool template_answer(struct template *t, const struct http_answer *a, char reason[HTTP_WORDS_MAX]);

#endif
