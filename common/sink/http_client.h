/* http_client: one HTTP request at a time, by libcurl, without blocking. Its owner polls one
 * descriptor. The connection is kept for the next request.
 *
 * Answers are bounded: HTTP_BODY_MAX bytes of the body are kept. If a server sends more, or a
 * header of more than HTTP_HEADER_MAX bytes, the connection is closed. Redirections are not
 * followed. */
#ifndef SINK_HTTP_CLIENT_H
#define SINK_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "sink/http_answer.h"

enum {
    HTTP_HEADER_MAX = 256 << 10, /* bytes */
    HTTP_PATIENCE = 10,          /* times --timeout: for an answer that trickles in */
};

struct http_settings {
    const char *const *headers;  /* `Name: value`, or NULL at the end */
    const char *ca, *cert, *key; /* paths, or NULL */
    bool insecure, gzip;
    int64_t timeout; /* ms without a byte in either direction */
};

struct http_request {
    const char *method; /* `POST` */
    const char *url;
    const char *const *headers; /* besides those of the settings; NULL at the end, or NULL */
    const char *authorization;  /* the value of that header, or NULL */
    struct span body;           /* must stay until the answer has come */
    const char *signature;      /* what CURLOPT_AWS_SIGV4 takes, or NULL */
    const char *user, *secret;  /* to sign with */
};

struct http_client {
    const struct http_settings *settings;
    void *multi, *easy, *headers; /* libcurl's */
    int fd;                       /* to poll for reading: an epoll descriptor */
    int64_t due;                  /* monotonic ms: when step is to be called; INT64_MAX: never */
    bool is_busy;
    int64_t began, moved; /* monotonic ms: when the request began, and when bytes moved last */
    int64_t sent, received;
    char *body, *packed;
    size_t body_length, body_capacity, packed_capacity, header_length;
    bool is_cut, has_long_header;
    char failure[256];
    struct http_answer answer;
};

/* The settings must live on. Ends the program if libcurl lacks memory. */
void http_client_init(struct http_client *c, const struct http_settings *settings);
void http_client_free(struct http_client *c);

/* Begins a request; none may be under way. now is monotonic ms, here and below. */
void http_client_send(struct http_client *c, const struct http_request *r, int64_t now);

/* Goes on. True if the request has ended: c->answer has the answer, valid until the next request.
 */
bool http_client_step(struct http_client *c, int64_t now);

/* Ends a request that is under way, without an answer. */
void http_client_abort(struct http_client *c);

/* When http_client_step is to be called even if the descriptor stays silent (monotonic ms). */
int64_t http_client_due(const struct http_client *c);

#endif
