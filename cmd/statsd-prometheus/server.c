#include "server.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "net/sockets.h"

enum {
    CONNECTIONS_MOST = 64,
    CONNECTION_MEMORY = 32 << 10, /* bytes of a request's head, and of the answer's */
    PATIENCE = 60,                /* s: how long a connection may do nothing */
};

struct server {
    struct net_sockets sockets;
    struct MHD_Daemon **daemons; /* one for each socket */
    int epoll;                   /* of their descriptors */
    const struct server_source *source;
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

/* --- the sockets ------------------------------------------------------------------------------ */

static struct MHD_Daemon *start_daemon(struct server *s, const struct net_socket *socket)
{
    if (!net_is_stream(socket->kind) || socket->is_connected)
        die("%s: expected a socket that listens", socket->name);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, s, MHD_OPTION_LISTEN_SOCKET, socket->fd,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)PATIENCE, MHD_OPTION_END);
    if (!daemon)
        die_errno("%s: start libmicrohttpd", socket->name);
    struct epoll_event event = { .events = EPOLLIN };
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &event) < 0)
        die_errno("epoll_ctl %s", socket->name);
    return daemon;
}

struct server *server_start(const struct net_place *place, const struct server_source *source)
{
    struct server *s = xcalloc(1, sizeof *s);
    s->source = source;
    net_sockets_open(&s->sockets, place, 1, 0);
    s->daemons = xcalloc(s->sockets.count, sizeof(struct MHD_Daemon *));
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll < 0)
        die_errno("epoll_create");
    for (size_t i = 0; i < s->sockets.count; i++)
        s->daemons[i] = start_daemon(s, &s->sockets.list[i]);
    return s;
}

char *server_names(const struct server *s, size_t *length)
{
    return net_sockets_text(&s->sockets, length);
}

int64_t server_watch(const struct server *s, int64_t now, struct pollfd *p)
{
    MHD_UNSIGNED_LONG_LONG timeout;
    int64_t due = INT64_MAX;
    p->fd = s->epoll;
    p->events = POLLIN;
    for (size_t i = 0; i < s->sockets.count; i++)
        if (MHD_get_timeout(s->daemons[i], &timeout) == MHD_YES && now + (int64_t)timeout < due)
            due = now + (int64_t)timeout;
    return due;
}

void server_step(struct server *s)
{
    for (size_t i = 0; i < s->sockets.count; i++)
        MHD_run(s->daemons[i]);
}

void server_stop(struct server *s)
{
    if (!s)
        return;
    for (int format = 0; format < EXPOSE_FORMATS; format++)
        if (s->cached[format].response)
            MHD_destroy_response(s->cached[format].response);
    for (size_t i = 0; i < s->sockets.count; i++)
        MHD_stop_daemon(s->daemons[i]); /* closes the socket */
    close(s->epoll);
    free(s->daemons);
    free(s->sockets.list);
    free(s);
}
