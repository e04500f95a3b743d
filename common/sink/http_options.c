#include "sink/http_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "sink/http_url.h"

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

/* Both tables of shared options. */
struct reading {
    struct http_options *http;
    opt_take *take;
    void *self;
};

static bool take_http(void *self, int id, const struct opt *o)
{
    const struct reading *r = self;
    return r->take(r->self, id, o) || http_options_take(r->http, id, o);
}

static void take_url(struct http_command *c, const struct opt *o, const char *url, const char *example)
{
    c->url = url;
    if (!url && !c->sink.dry_run)
        opt_misuse(o, "no URL: expected one, such as %s", example);
    const char *fault = url ? http_url_fault(url) : NULL;
    if (fault)
        opt_misuse(o, "bad URL: %s", fault);
}

void http_command_read(struct http_command *c, struct opt *o, opt_take *take, void *self, const char *url)
{
    struct reading reading = { &c->http, take, self };
    int count;
    sink_options_read(&c->sink, o, take_http, &reading);
    char **operands = opt_operands(o, &count);
    if (count > (url ? 1 : 0))
        opt_misuse(o, "too many operands: expected %s", url ? "one URL" : "none");
    if (url)
        take_url(c, o, operands[0], url);
    c->http.settings.timeout = c->sink.timeout;
    memcpy(c->usage, o->usage, sizeof c->usage);
}

void http_options_free(struct http_options *options)
{
    free((void *)options->settings.headers);
}
