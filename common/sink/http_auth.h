/* http_auth: the file of --auth-file, whose first line is the value of the Authorization header. */
#ifndef SINK_HTTP_AUTH_H
#define SINK_HTTP_AUTH_H

/* Reads the line, without blanks at its ends, into memory that the caller frees. NULL: it can't be
 * read or is not the value of a header, and *why is the reason. */
char *http_auth_read(const char *path, const char **why);

#endif
