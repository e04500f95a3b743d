/* server: answers HTTP requests for /metrics, in the loop of a filter. */
#ifndef SERVER_H
#define SERVER_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "expose.h"
#include "net/place.h"

/* Where the text of an answer comes from. */
struct server_source {
    /* Sets *generation, which changes whenever the text would. */
    uint64_t (*generation)(void *self);
    /* Writes the text. */
    void (*write)(void *self, enum expose_format format, struct text *t);
    void *self;
};

struct server;

/* Listens on the place, or ends the program. source must outlive the server. */
struct server *server_start(const struct net_place *place, const struct server_source *source);

/* A line for each socket, `tcp 127.0.0.1:9102`, and their length. The caller frees it. */
char *server_names(const struct server *s, size_t *length);

/* The descriptor to poll, and until when (monotonic ms), as for watch in filter.h. server_step
 * handles connections and requests. */
int64_t server_watch(const struct server *s, int64_t now, struct pollfd *p);
void server_step(struct server *s);

/* Closes the connections and frees the server; NULL is nothing to stop. */
void server_stop(struct server *s);

/* The format that a request's Accept header asks for; NULL: it has none. */
enum expose_format server_format(const char *accept);

#endif
