/* http_url: what libcurl makes of a URL. */
#ifndef SINK_HTTP_URL_H
#define SINK_HTTP_URL_H

/* NULL, or why libcurl can't take the URL. */
const char *http_url_fault(const char *url);

/* The URL without what may be secret, its user, password, query and fragment, in memory that the
 * caller frees. */
char *http_url_public(const char *url);

#endif
