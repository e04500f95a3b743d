#include "connections.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "net/datagrams.h"
#include "net/listen.h"

enum {
    EVENTS = 16,  /* connections and listeners a round */
    ACCEPTS = 64, /* connections that a listener accepts in a round */
    ACCEPTS_AT_END = 4096,
    DRAIN_MAX = 1000,     /* ms: for what comes after connections_shut */
    DRAIN_MORE = 8 << 20, /* bytes of it: more than a client's kernel keeps */
    PIECE = 1 << 15,      /* bytes read of a connection at a time */
};

static bool watch(const struct connections *c, int operation, struct watched *w, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = w };
    return epoll_ctl(c->epoll, operation, w->fd, &event) == 0;
}

static void heard_of(struct connections *c, struct connection *of)
{
    if (!c->limits.idle_timeout)
        return;
    of->heard = clock_monotonic_ms();
    connection_take_out(&c->list, of);
    connection_append(&c->list, of);
}

/* --- accepting -------------------------------------------------------------------------------- */

static void set_rest(struct connections *c, bool rests)
{
    c->rested = rests ? clock_monotonic_ms() : 0;
    for (size_t i = 0; i < c->listener_count; i++)
        watch(c, EPOLL_CTL_MOD, &c->listeners[i].watched, rests ? 0 : EPOLLIN);
}

static void close_connection(struct connections *c, struct connection *of)
{
    connection_take_out(&c->list, of);
    /* Its description may be open elsewhere too, and would be watched on. */
    watch(c, EPOLL_CTL_DEL, &of->watched, 0);
    close(of->watched.fd);
    stream_free(&of->stream);
    free(of);
    c->counters->connections--;
    if (c->rested)
        set_rest(c, false);
}

static void set_peer(struct connection *of, enum net_kind kind)
{
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (kind != NET_UNIX)
        return;
    of->peer.process = (struct net_process){ .family = AF_UNIX };
    if (getsockopt(of->watched.fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0)
        of->peer.process.id = credentials.pid;
}

static void refuse(struct connections *c, const struct listener *l, const struct connection *of, const char *reason)
{
    char text[NET_TEXT_MAX];
    net_text(&of->peer, text);
    c->counters->connections_refused++;
    complain(&c->refused, "%s: connection of %s refused: %s", l->socket->name, text, reason);
    close(of->watched.fd);
}

/* Takes up a connection that is open. */
static void add_connection(struct connections *c, const struct listener *l, const struct connection *of)
{
    if (c->counters->connections >= c->limits.connections) {
        refuse(c, l, of, "--max-connections are open");
        return;
    }
    struct connection *added = xmalloc(sizeof *added);
    *added = *of;
    if (!watch(c, EPOLL_CTL_ADD, &added->watched, EPOLLIN)) {
        refuse(c, l, of, "the kernel lacks memory");
        free(added);
        return;
    }
    c->counters->connections++;
    connection_append(&c->list, added);
    heard_of(c, added);
}

/* A network that fails, or a client that has gone meanwhile, is not the listener's fault. */
static void accept_failed(struct connections *c, const struct listener *l)
{
    if (shortage_at_accept(errno)) {
        complain(&c->failed, "accept %s: %s: waiting until a connection closes", l->socket->name, strerror(errno));
        set_rest(c, true);
    } else if (!net_accept_passes(errno)) {
        die_errno("accept %s", l->socket->name);
    }
}

/* Only clients of Unix sockets send messages with their length. */
static enum stream_form form_of(const struct net_socket *s)
{
    return s->kind == NET_UNIX ? STREAM_UNKNOWN : STREAM_LINES;
}

/* Returns false if nobody waits any more. */
static bool accept_one(struct connections *c, const struct listener *l)
{
    struct connection of = { .stream.form = form_of(l->socket) };
    int on = 1;
    of.peer.length = sizeof of.peer.v6;
    of.watched.fd = accept4(l->socket->fd, &of.peer.any, &of.peer.length, SOCK_CLOEXEC);
    if (of.watched.fd < 0) {
        accept_failed(c, l);
        return false;
    }
    set_peer(&of, l->socket->kind);
    if (l->socket->kind == NET_TCP)
        setsockopt(of.watched.fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    add_connection(c, l, &of);
    return true;
}

/* A socket that was handed down may block, and others may use it: it is made not to for no longer
 * than this takes. */
static void accept_some(struct connections *c, const struct listener *l, int most)
{
    int flags = l->socket->is_handed_down ? fcntl(l->socket->fd, F_GETFL) : O_NONBLOCK;
    if (!(flags & O_NONBLOCK))
        fcntl(l->socket->fd, F_SETFL, flags | O_NONBLOCK);
    while (most-- && accept_one(c, l))
        ;
    if (!(flags & O_NONBLOCK))
        fcntl(l->socket->fd, F_SETFL, flags);
}

/* --- reading ---------------------------------------------------------------------------------- */

static size_t sender_text(const void *sender, char *text)
{
    return net_text(sender, text);
}

static void take_turn(struct connections *c, struct connection *of, char **room, size_t *size)
{
    struct reader_origin origin = { .sender_text = sender_text, .sender = &of->peer };
    c->current = of;
    *room = stream_take(&c->streams, &of->stream, clock_wall_ms(), origin, size);
    *size = *size < PIECE ? *size : PIECE;
}

static enum reader_result run_turn(struct connections *c, size_t added, enum stream_state state)
{
    struct connection *of = c->current;
    uint64_t messages = c->streams.messages;
    enum reader_result result = stream_run(&c->streams, added, state);
    c->counters->packets += c->streams.messages - messages;
    if (result != READER_DONE)
        return result;
    c->current = NULL;
    if (state != STREAM_OPEN || stream_is_refused(&c->streams))
        close_connection(c, of);
    return READER_DONE;
}

static enum stream_state state_of(struct connections *c, ssize_t received)
{
    if (received >= 0)
        return received ? STREAM_OPEN : STREAM_CLOSED;
    if (errno == EAGAIN || errno == EINTR)
        return STREAM_OPEN;
    if (!shortage_is(errno))
        return STREAM_BROKEN;
    shortage_report(c->shortages, "receive", "from a connection", errno);
    shortage_pause();
    return STREAM_OPEN;
}

/* Reads at most `most` bytes; *received: how many. */
static enum reader_result read_piece(struct connections *c, struct connection *of, size_t most, ssize_t *received)
{
    char *room;
    size_t size;
    take_turn(c, of, &room, &size);
    *received = recv(of->watched.fd, room, size < most ? size : most, MSG_DONTWAIT);
    enum stream_state state = state_of(c, *received);
    *received = *received < 0 ? 0 : *received;
    if (*received)
        heard_of(c, of);
    return run_turn(c, (size_t)*received, state);
}

/* Ends a connection before its client does. */
static enum reader_result break_off(struct connections *c, struct connection *of)
{
    char *room;
    size_t size;
    take_turn(c, of, &room, &size);
    return run_turn(c, 0, STREAM_BROKEN);
}

enum reader_result connections_round(struct connections *c, bool *more)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(c->epoll, events, EVENTS, 0);
    *more = count == EVENTS;
    for (int i = 0; i < count; i++) {
        struct watched *w = events[i].data.ptr;
        ssize_t received = 0;
        enum reader_result result = READER_DONE;
        if (w->is_listener)
            accept_some(c, (struct listener *)w, ACCEPTS);
        else
            result = read_piece(c, (struct connection *)w, PIECE, &received);
        *more |= received == PIECE;
        if (result != READER_DONE)
            return result;
    }
    return READER_DONE;
}

enum reader_result connections_resume(struct connections *c)
{
    return c->current ? run_turn(c, 0, c->streams.state) : READER_DONE;
}

/* --- time and the end ------------------------------------------------------------------------- */

static size_t queued(int fd)
{
    int bytes;
    return ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}

int64_t connections_keep(struct connections *c, int64_t now)
{
    if (c->rested && now - c->rested >= SHORTAGE_REST)
        set_rest(c, false);
    while (c->limits.idle_timeout && c->list.oldest && now - c->list.oldest->heard >= c->limits.idle_timeout) {
        if (queued(c->list.oldest->watched.fd))
            heard_of(c, c->list.oldest);
        else if (break_off(c, c->list.oldest) != READER_DONE)
            return INT64_MAX;
    }
    int64_t due = c->rested ? c->rested + SHORTAGE_REST : INT64_MAX;
    int64_t silent =
        c->limits.idle_timeout && c->list.oldest ? c->list.oldest->heard + c->limits.idle_timeout : INT64_MAX;
    return due < silent ? due : silent;
}

void connections_shut(struct connections *c)
{
    for (size_t i = 0; i < c->listener_count; i++) {
        struct listener *l = &c->listeners[i];
        watch(c, EPOLL_CTL_DEL, &l->watched, 0);
        if (l->socket->is_handed_down)
            continue;
        accept_some(c, l, ACCEPTS_AT_END);
        shutdown(l->socket->fd, SHUT_RD);
    }
    c->listener_count = 0;
    c->limits.idle_timeout = 0;
    c->drain_end = clock_monotonic_ms() + DRAIN_MAX;
    for (struct connection *of = c->list.oldest; of; of = of->newer) {
        of->left = queued(of->watched.fd);
        of->more = DRAIN_MORE;
    }
}

/* How much to read of a connection: what it had sent when it was shut, and for a while what its
 * client's kernel then gets rid of. */
static size_t wanted(const struct connections *c, const struct connection *of)
{
    return of->left ? of->left : clock_monotonic_ms() < c->drain_end ? of->more : 0;
}

enum reader_result connections_drain(struct connections *c, bool *more)
{
    struct connection *of = c->list.oldest;
    ssize_t received = 0;
    char byte;
    *more = of != NULL;
    if (!of)
        return READER_DONE;
    size_t most = wanted(c, of);
    /* Of a client that has closed, the last line counts. */
    if (!most && recv(of->watched.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
        return break_off(c, of);
    enum reader_result result = read_piece(c, of, most ? most : 1, &received);
    if (c->list.oldest != of)
        return result;
    size_t *rest = of->left ? &of->left : &of->more;
    *rest = received && *rest > (size_t)received ? *rest - (size_t)received : 0;
    return result;
}

void connections_sum_up(struct connections *c)
{
    complaint_summary(&c->refused);
    complaint_summary(&c->failed);
}

/* --- the beginning and the end ---------------------------------------------------------------- */

static void add_listener(struct connections *c, const struct net_socket *s)
{
    struct listener l = { .watched = { true, s->fd }, .socket = s };
    if (s->is_connected) {
        struct connection of = { .watched.fd = dup(s->fd), .stream.form = form_of(s) };
        of.peer.length = sizeof of.peer.v6;
        getpeername(s->fd, &of.peer.any, &of.peer.length);
        set_peer(&of, s->kind);
        add_connection(c, &l, &of);
        return;
    }
    c->listeners[c->listener_count++] = l;
}

void connections_init(struct connections *c, const struct net_sockets *sockets, const struct connection_limits *limits,
                      struct reader *reader, size_t max_line, struct counters *counters, struct shortages *shortages)
{
    size_t streams = 0;
    *c = (struct connections){ .epoll = -1, .limits = *limits, .counters = counters, .shortages = shortages };
    c->refused.what = "refused connections";
    c->failed.what = "failed calls of accept";
    for (size_t i = 0; i < sockets->count; i++)
        streams += net_is_stream(sockets->list[i].kind);
    if (!streams)
        return;
    if ((c->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
        die_errno("epoll_create");
    streams_init(&c->streams, reader, max_line);
    c->listeners = xcalloc(streams, sizeof *c->listeners);
    for (size_t i = 0; i < sockets->count; i++)
        if (net_is_stream(sockets->list[i].kind))
            add_listener(c, &sockets->list[i]);
    for (size_t i = 0; i < c->listener_count; i++)
        if (!watch(c, EPOLL_CTL_ADD, &c->listeners[i].watched, EPOLLIN))
            die_errno("epoll_ctl %s", c->listeners[i].socket->name);
}

void connections_free(struct connections *c)
{
    if (c->epoll < 0)
        return;
    for (struct connection *of = c->list.oldest, *next; of; of = next) {
        next = of->newer;
        close_connection(c, of);
    }
    streams_free(&c->streams);
    free(c->listeners);
    close(c->epoll);
}

int connections_fd(const struct connections *c)
{
    return c->epoll;
}

bool connections_are_over(const struct connections *c)
{
    return c->epoll < 0 || (!c->listener_count && !c->list.oldest);
}
