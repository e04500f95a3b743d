#include "sink/http_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"

/* `Name: value`, on one line. */
static bool is_header(const char *text)
{
    const char *colon = strchr(text, ':');
    if (!colon || colon == text || text + strcspn(text, " \t") < colon)
        return false;
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    return true;
}

static void add_header(struct http_options *options, const struct opt *o)
{
    if (!is_header(o->value))
        opt_fail(o, "bad header %s: expected 'Name: value'", quote(o->value, strlen(o->value)).text);
    const char **headers = xreallocarray((void *)options->settings.headers, options->header_count + 2, sizeof *headers);
    headers[options->header_count++] = o->value;
    headers[options->header_count] = NULL;
    options->settings.headers = headers;
}

bool http_options_take(struct http_options *options, int id, const struct opt *o)
{
    switch (id) {
    case HTTP_OPTION_GZIP: options->settings.gzip = true; return true;
    case HTTP_OPTION_HEADER: add_header(options, o); return true;
    case HTTP_OPTION_AUTH_FILE: options->auth_file = o->value; return true;
    case HTTP_OPTION_CA: options->settings.ca = o->value; return true;
    case HTTP_OPTION_CERT: options->settings.cert = o->value; return true;
    case HTTP_OPTION_KEY: options->settings.key = o->value; return true;
    case HTTP_OPTION_INSECURE: options->settings.insecure = true; return true;
    default: return false;
    }
}

void http_options_free(struct http_options *options)
{
    free((void *)options->settings.headers);
}
