#include "server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "net/address.h"

enum {
    BACKLOG = 64,
    CONNECTIONS_MOST = 64,
    CONNECTION_MEMORY = 32 << 10, /* bytes of a request's head, and of the answer's */
    PATIENCE = 60,                /* s: how long a connection may do nothing */
};

struct server {
    struct MHD_Daemon *daemon;
    const struct server_source *source;
    char address[NET_TEXT_MAX];
    struct {
        struct MHD_Response *response; /* the last one, or NULL */
        uint64_t generation;
    } cached[EXPOSE_FORMATS];
};

/* --- which format ----------------------------------------------------------------------------- */

static bool is_word(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

/* The weight of one item of an Accept header, `type; name=value; q=0.5`; its type has the given
 * length. */
static double weight_of(const char *item, size_t length, size_t type)
{
    const char *end = item + length, *p = memmem(item + type, length - type, "q=", 2);
    double weight = 1;
    if (!p)
        return 1;
    p += 2;
    size_t digits = strspn(p, "0123456789.");
    if (digits > (size_t)(end - p))
        digits = (size_t)(end - p);
    return number_parse(p, digits, &weight) == NUMBER_OK ? weight : 1;
}

enum expose_format server_format(const char *accept)
{
    double openmetrics = 0, text = 0;
    if (!accept)
        return EXPOSE_TEXT;
    for (const char *item = accept; *item;) {
        item += strspn(item, ", \t");
        size_t length = strcspn(item, ","), type = strcspn(item, ",; \t");
        double weight = weight_of(item, length, type);
        if (is_word(item, type, "application/openmetrics-text"))
            openmetrics = weight > openmetrics ? weight : openmetrics;
        else if (is_word(item, type, "text/plain"))
            text = weight > text ? weight : text;
        item += length;
    }
    return openmetrics > 0 && openmetrics >= text ? EXPOSE_OPENMETRICS : EXPOSE_TEXT;
}

/* --- answers ---------------------------------------------------------------------------------- */

static enum MHD_Result send_words(struct MHD_Connection *c, unsigned status, const char *words)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(words), (void *)words, MHD_RESPMEM_PERSISTENT);
    if (!r)
        return MHD_NO;
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result result = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return result;
}

static struct MHD_Response *metrics(struct server *s, enum expose_format format)
{
    static const char *const types[EXPOSE_FORMATS] = { "text/plain; version=0.0.4; charset=utf-8",
                                                       "application/openmetrics-text; version=1.0.0; charset=utf-8" };
    struct MHD_Response **cached = &s->cached[format].response;
    uint64_t generation = s->source->generation(s->source->self);
    if (*cached && s->cached[format].generation == generation)
        return *cached;
    struct text t = { NULL, 0, 0 };
    if (*cached)
        MHD_destroy_response(*cached);
    s->source->write(s->source->self, format, &t);
    *cached = MHD_create_response_from_buffer(t.length, t.bytes, MHD_RESPMEM_MUST_FREE);
    if (!*cached) {
        free(t.bytes);
        return NULL;
    }
    s->cached[format].generation = generation;
    MHD_add_response_header(*cached, MHD_HTTP_HEADER_CONTENT_TYPE, types[format]);
    MHD_add_response_header(*cached, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT);
    return *cached;
}

static enum MHD_Result answer(void *self, struct MHD_Connection *c, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **request)
{
    (void)version, (void)upload, (void)request;
    *upload_size = 0; /* a body is passed over */
    struct server *s = self;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return send_words(c, MHD_HTTP_METHOD_NOT_ALLOWED, "expected GET\n");
    if (strcmp(url, "/metrics") != 0)
        return send_words(c, MHD_HTTP_NOT_FOUND, "the metrics are at /metrics\n");
    const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    struct MHD_Response *r = metrics(s, server_format(accept));
    return r ? MHD_queue_response(c, MHD_HTTP_OK, r) : MHD_NO;
}

/* --- the socket ------------------------------------------------------------------------------- */

static int bind_and_listen(const struct sockaddr *address, socklen_t length)
{
    int yes = 1, no = 0;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (bind(fd, address, length) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* Listens on the first of the addresses that it can. All interfaces are `::`, which takes IPv4 too,
 * or else 0.0.0.0. */
static int listen_on(const struct net_place *place)
{
    char port[8];
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found;
    const char *hosts[] = { *place->host ? place->host : "::", *place->host ? NULL : "0.0.0.0" };
    int fd = -1, reason = 0;
    snprintf(port, sizeof port, "%u", place->port);
    for (size_t i = 0; i < 2 && fd < 0 && hosts[i]; i++) {
        int error = getaddrinfo(hosts[i], port, &hints, &found);
        if (error)
            die("resolve %s: %s", quote(hosts[i], strlen(hosts[i])).text,
                error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
        for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
            if ((fd = bind_and_listen(a->ai_addr, a->ai_addrlen)) < 0)
                reason = errno;
        freeaddrinfo(found);
    }
    if (fd >= 0)
        return fd;
    errno = reason;
    die_errno("listen tcp %s:%u", *place->host ? place->host : "", place->port);
}

struct server *server_start(const struct net_place *place, const struct server_source *source)
{
    struct server *s = xcalloc(1, sizeof *s);
    struct net_address address = { .length = sizeof address.v6 };
    s->source = source;
    int fd = listen_on(place);
    getsockname(fd, &address.any, &address.length);
    net_text(&address, s->address);
    s->daemon =
        MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, s, MHD_OPTION_LISTEN_SOCKET, fd,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)PATIENCE, MHD_OPTION_END);
    if (!s->daemon)
        die("listen tcp %s: libmicrohttpd did not start", s->address);
    return s;
}

const char *server_address(const struct server *s)
{
    return s->address;
}

int64_t server_watch(const struct server *s, int64_t now, struct pollfd *p)
{
    MHD_UNSIGNED_LONG_LONG timeout;
    p->fd = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    p->events = POLLIN;
    return MHD_get_timeout(s->daemon, &timeout) == MHD_YES ? now + (int64_t)timeout : INT64_MAX;
}

void server_step(struct server *s)
{
    MHD_run(s->daemon);
}

void server_stop(struct server *s)
{
    if (!s)
        return;
    for (int format = 0; format < EXPOSE_FORMATS; format++)
        if (s->cached[format].response)
            MHD_destroy_response(s->cached[format].response);
    MHD_stop_daemon(s->daemon);
    free(s);
}
