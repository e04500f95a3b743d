/* http_options: the options of every sink that sends by HTTP. */
#ifndef SINK_HTTP_OPTIONS_H
#define SINK_HTTP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "filter/opt.h"
#include "sink/http_client.h"
#include "sink/options.h"

/* The ids of the rows. A program's own ids, from OPT_LONG up, stay below them. */
enum http_option {
    HTTP_OPTION_GZIP = OPT_LONG + 4000,
    HTTP_OPTION_HEADER,
    HTTP_OPTION_AUTH_FILE,
    HTTP_OPTION_CA,
    HTTP_OPTION_CERT,
    HTTP_OPTION_KEY,
    HTTP_OPTION_INSECURE,
};

/* clang-format off */
#define HTTP_ROW_GZIP      { HTTP_OPTION_GZIP, "gzip", NULL, "compress what is sent", NULL }
#define HTTP_ROW_HEADER    { HTTP_OPTION_HEADER, "header", "TEXT...", "add a header, 'Name: value'", NULL }
#define HTTP_ROW_AUTH_FILE \
    { HTTP_OPTION_AUTH_FILE, "auth-file", "FILE", "send FILE's first line as Authorization", OPT_FILES }
#define HTTP_ROW_CA        { HTTP_OPTION_CA, "ca", "FILE", "trust the certificates in FILE (the system's)", OPT_FILES }
#define HTTP_ROW_CERT      { HTTP_OPTION_CERT, "cert", "FILE", "client certificate", OPT_FILES }
#define HTTP_ROW_KEY       { HTTP_OPTION_KEY, "key", "FILE", "its private key", OPT_FILES }
#define HTTP_ROW_INSECURE  { HTTP_OPTION_INSECURE, "insecure", NULL, "accept any certificate of the server", NULL }

/* All of them, under the heading HTTP. */
#define HTTP_ROWS \
    HTTP_ROW_GZIP, HTTP_ROW_HEADER, HTTP_ROW_AUTH_FILE, HTTP_ROW_CA, HTTP_ROW_CERT, HTTP_ROW_KEY, HTTP_ROW_INSECURE
/* clang-format on */

struct http_options {
    struct http_settings settings; /* timeout is the owner's to set */
    const char *auth_file;         /* or NULL */
    size_t header_count;
};

/* Stores the current option of o, as sink_options_take does. */
bool http_options_take(struct http_options *options, int id, const struct opt *o);

/* What every such sink has on its command line. */
struct http_command {
    struct sink_options sink;
    struct http_options http;
    const char *url; /* NULL: none, with --dry-run or where the program takes no operand */
    char usage[OPT_USAGE_MAX];
};

/* Reads a command line that opt_begin has begun into *c, whose sink has its defaults: calls take
 * with self for each option; options for which it returns false are stored here. The operand is a
 * URL; url is an example of one for messages, NULL if the program takes none. */
void http_command_read(struct http_command *c, struct opt *o, opt_take *take, void *self, const char *url);

/* Frees the list of headers. */
void http_options_free(struct http_options *options);

#endif
