/* tcp-peer: the other side of a TCP connection, which misbehaves as its script says.
 *
 * usage: tcp-peer [--port N] [--address ADDRESS] [--dir DIR] [--lines FILE] [--rcvbuf BYTES]
 *                 [--refuse FILE | --hang FILE] [SCRIPT...]
 *
 * Listens on 127.0.0.1, on a free port if none is given. Connection N (from 0) follows the Nth
 * script, or the last one; without any, `read`. A script is a list of steps, separated by commas:
 *
 *     read, read=N    reads to the end, or exactly N bytes
 *     eat, eat=N      the same, but records nothing: what a program has read and then lost
 *     wait=MS         does nothing for MS milliseconds
 *     until=FILE      does nothing until FILE exists
 *     stall           does nothing more
 *     stream          writes to the client from here on, as fast as it takes it
 *     shut            ends its own direction (FIN), and goes on with the next step
 *     close           closes; with data unread, the kernel makes it a reset
 *     reset           resets
 *     again           begins with the first step, unless the client has ended its direction
 *
 * After the last step the connection is closed. A step that reads ends early at the client's end.
 *
 * DIR/N has the exact bytes of connection N. FILE has the whole lines of all connections, each
 * line in one piece; the half line at the end of a connection is only in DIR/N.
 *
 * --refuse refuses connections until FILE exists, --hang lets them hang: its queue of connections
 * is full, and the kernel drops every SYN.
 *
 * It prints its port, and then its events, one line each: the milliseconds since it started, the
 * event, the connection, and the bytes read from it:
 *
 *     open N 0        read N BYTES     (a step `read=` or `eat=` has got its bytes)
 *     fin N BYTES     (the client's)   torn N BYTES (of the half line at the client's end)
 *     lost N BYTES    (the client has reset)        closed N BYTES, reset N BYTES  (by us)
 *     listening 0 0   (after --refuse or --hang) */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"

enum { STEPS_MAX = 32, FILLERS_MAX = 64, PIECE = 1 << 16, TICK = 10, FILL_PATIENCE = 200 };

enum action { READ, EAT, WAIT, UNTIL, STALL, STREAM, SHUT, CLOSE, RESET, AGAIN, ACTIONS };
static const char *const action_names[] = { "read",   "eat",  "wait",  "until", "stall",
                                            "stream", "shut", "close", "reset", "again" };

struct step {
    enum action action;
    uint64_t number; /* of bytes, UINT64_MAX for all, or of milliseconds */
    const char *file;
};

struct script {
    struct step steps[STEPS_MAX];
    int count;
};

struct connection {
    int fd, file;
    unsigned number;
    const struct script *script;
    int step;
    bool started;  /* the step */
    uint64_t left; /* bytes to read in this step */
    int64_t due;   /* when its wait ends */
    bool streaming, ended, muted;
    uint64_t bytes;
    char *half; /* the line that is not complete */
    size_t half_size;
};

struct peer {
    struct script *scripts;
    int script_count;
    const char *dir, *gate;
    bool refuses, hangs;
    int listener, lines, rcvbuf;
    struct sockaddr_in address;
    struct connection *connections;
    size_t count;
    unsigned accepted;
    int fillers[FILLERS_MAX];
    int filler_count;
    int64_t began;
};

static void tell(const struct peer *p, const char *event, unsigned number, uint64_t bytes)
{
    printf("%lld %s %u %llu\n", (long long)(clock_monotonic_ms() - p->began), event, number, (unsigned long long)bytes);
    fflush(stdout);
}

/* --- recording -------------------------------------------------------------------------------- */

static void write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno != EINTR)
            die_errno("write");
        bytes += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
}

static void keep_half(struct connection *c, const char *bytes, size_t size)
{
    c->half = xreallocarray(c->half, c->half_size + size + 1, 1);
    memcpy(c->half + c->half_size, bytes, size);
    c->half_size += size;
}

static void record(const struct peer *p, struct connection *c, const char *bytes, size_t size)
{
    if (c->file >= 0)
        write_all(c->file, bytes, size);
    const char *end = memrchr(bytes, '\n', size);
    size_t whole = end ? (size_t)(end + 1 - bytes) : 0;
    if (whole > 0) {
        keep_half(c, bytes, whole);
        if (p->lines >= 0)
            write_all(p->lines, c->half, c->half_size);
        c->half_size = 0;
    }
    keep_half(c, bytes + whole, size - whole);
}

/* --- a connection ----------------------------------------------------------------------------- */

static void finish(const struct peer *p, struct connection *c, const char *event)
{
    if (strcmp(event, "reset") == 0)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
    close(c->fd);
    c->fd = -1;
    if (c->file >= 0)
        close(c->file);
    free(c->half);
    c->half = NULL;
    tell(p, event, c->number, c->bytes);
}

static void client_ended(const struct peer *p, struct connection *c)
{
    c->ended = true;
    if (c->half_size > 0)
        tell(p, "torn", c->number, c->half_size);
    tell(p, "fin", c->number, c->bytes);
}

/* Reads once. Returns whether the step is done. */
static bool read_some(struct peer *p, struct connection *c, const struct step *step)
{
    static char piece[PIECE];
    ssize_t n = recv(c->fd, piece, c->left < PIECE ? (size_t)c->left : PIECE, MSG_DONTWAIT);
    if (n < 0) {
        if (errno == ECONNRESET || errno == EPIPE || errno == ETIMEDOUT)
            finish(p, c, "lost");
        return false;
    }
    if (n == 0) {
        if (!c->ended)
            client_ended(p, c);
        return true;
    }
    c->bytes += (uint64_t)n;
    if (step->action == READ)
        record(p, c, piece, (size_t)n);
    if (step->number == UINT64_MAX)
        return false;
    c->left -= (uint64_t)n;
    if (c->left == 0)
        tell(p, "read", c->number, c->bytes);
    return c->left == 0;
}

static void start_step(struct connection *c, const struct step *step, int64_t now)
{
    c->started = true;
    c->left = step->number;
    c->due = now + (int64_t)step->number;
    if (step->action == SHUT)
        shutdown(c->fd, SHUT_WR);
    c->streaming |= step->action == STREAM;
}

static bool step_is_done(struct peer *p, struct connection *c, const struct step *step, int64_t now)
{
    switch (step->action) {
    case READ:
    case EAT: return c->left == 0 || read_some(p, c, step);
    case WAIT: return now >= c->due;
    case UNTIL: return access(step->file, F_OK) == 0;
    case STALL: return false;
    case CLOSE: finish(p, c, "closed"); return false;
    case RESET: finish(p, c, "reset"); return false;
    default: return true;
    }
}

/* Goes on as far as it can without waiting. */
static void go_on(struct peer *p, struct connection *c, int64_t now)
{
    while (c->fd >= 0) {
        if (c->step == c->script->count) {
            finish(p, c, "closed");
            return;
        }
        const struct step *step = &c->script->steps[c->step];
        if (!c->started)
            start_step(c, step, now);
        if (!step_is_done(p, c, step, now))
            return;
        c->started = false;
        c->step++;
        if (step->action == AGAIN && !c->ended)
            c->step = 0;
    }
}

static void stream(struct connection *c)
{
    static char text[PIECE];
    memset(text, 'x', sizeof text);
    send(c->fd, text, sizeof text, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool reads_now(const struct connection *c)
{
    return c->started && c->script->steps[c->step].action <= EAT;
}

/* What poll has found of a connection that is not being read. */
static void notice(struct peer *p, struct connection *c, short revents)
{
    int error = 0;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){ sizeof error });
    if (error != 0)
        finish(p, c, "lost");
    else if (revents & POLLHUP)
        c->muted = true;
}

/* --- the listener ----------------------------------------------------------------------------- */

/* Fills the listener's queue, so that no other connection is accepted: the first connection of our
 * own that is not accepted at once proves it. */
static void fill_queue(struct peer *p)
{
    for (;;) {
        if (p->filler_count == FILLERS_MAX)
            die("the queue of connections cannot be filled");
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        p->fillers[p->filler_count++] = fd;
        if (connect(fd, (struct sockaddr *)&p->address, sizeof p->address) < 0 && errno != EINPROGRESS)
            die_errno("connect");
        struct pollfd opened = { .fd = fd, .events = POLLOUT };
        if (poll(&opened, 1, FILL_PATIENCE) == 0)
            return;
    }
}

static void open_listener(struct peer *p)
{
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(p->listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (p->rcvbuf > 0)
        setsockopt(p->listener, SOL_SOCKET, SO_RCVBUF, &p->rcvbuf, sizeof p->rcvbuf);
    socklen_t size = sizeof p->address;
    if (bind(p->listener, (struct sockaddr *)&p->address, size) < 0 ||
        getsockname(p->listener, (struct sockaddr *)&p->address, &size) < 0)
        die_errno("bind");
    if (!p->refuses && listen(p->listener, p->hangs ? 0 : SOMAXCONN) < 0)
        die_errno("listen");
    if (p->hangs)
        fill_queue(p);
    printf("%d\n", ntohs(p->address.sin_port));
    fflush(stdout);
}

static int record_file(const struct peer *p, unsigned number)
{
    char path[4096];
    if (!p->dir)
        return -1;
    snprintf(path, sizeof path, "%s/%u", p->dir, number);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        die_errno("open %s", path);
    return fd;
}

static void admit(struct peer *p, int fd)
{
    unsigned number = p->accepted++;
    int script = (int)number < p->script_count ? (int)number : p->script_count - 1;
    p->connections = xreallocarray(p->connections, p->count + 1, sizeof *p->connections);
    p->connections[p->count++] = (struct connection){
        .fd = fd, .file = record_file(p, number), .number = number, .script = &p->scripts[script]
    };
    tell(p, "open", number, 0);
}

/* True if fill_queue has made this connection. */
static bool is_filler(const struct peer *p, const struct sockaddr_in *client)
{
    for (int i = 0; i < p->filler_count; i++) {
        struct sockaddr_in own = { 0 };
        getsockname(p->fillers[i], (struct sockaddr *)&own, &(socklen_t){ sizeof own });
        if (own.sin_port == client->sin_port)
            return true;
    }
    return false;
}

static void accept_all(struct peer *p)
{
    struct sockaddr_in client;
    int fd;
    while ((fd = accept4(p->listener, (struct sockaddr *)&client, &(socklen_t){ sizeof client }, SOCK_CLOEXEC)) >= 0) {
        if (is_filler(p, &client))
            close(fd);
        else
            admit(p, fd);
    }
}

/* Lets clients in once the file is there. */
static void watch_gate(struct peer *p)
{
    if (!p->gate || access(p->gate, F_OK) != 0)
        return;
    if (listen(p->listener, SOMAXCONN) < 0)
        die_errno("listen");
    p->gate = NULL;
    tell(p, "listening", 0, 0);
    accept_all(p);
    while (p->filler_count > 0)
        close(p->fillers[--p->filler_count]);
}

static void forget_finished(struct peer *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->connections[i].fd >= 0)
            p->connections[kept++] = p->connections[i];
    p->count = kept;
}

static _Noreturn void serve(struct peer *p)
{
    struct pollfd *polled = NULL;
    for (;;) {
        size_t count = p->count;
        bool waits = p->gate != NULL;
        polled = xreallocarray(polled, count + 1, sizeof *polled);
        polled[count] = (struct pollfd){ .fd = p->gate ? -1 : p->listener, .events = POLLIN };
        for (size_t i = 0; i < count; i++) {
            const struct connection *c = &p->connections[i];
            short events = (short)((reads_now(c) ? POLLIN : 0) | (c->streaming ? POLLOUT : 0));
            polled[i] = (struct pollfd){ .fd = c->muted ? -1 : c->fd, .events = events };
            waits |= !reads_now(c) && c->script->steps[c->step].action != STALL;
        }
        poll(polled, count + 1, waits ? TICK : -1);
        watch_gate(p);
        int64_t now = clock_monotonic_ms();
        for (size_t i = 0; i < count; i++) {
            struct connection *c = &p->connections[i];
            if (polled[i].revents & (POLLERR | POLLHUP) && !reads_now(c))
                notice(p, c, polled[i].revents);
            if (c->fd >= 0 && polled[i].revents & POLLOUT)
                stream(c);
            if (c->fd >= 0)
                go_on(p, c, now);
        }
        if (!p->gate)
            accept_all(p);
        for (size_t i = count; i < p->count; i++)
            go_on(p, &p->connections[i], now);
        forget_finished(p);
    }
}

/* --- the command line ------------------------------------------------------------------------- */

static struct step parse_step(const char *text)
{
    struct step step = { .number = UINT64_MAX };
    size_t length = strcspn(text, "=");
    while (step.action < ACTIONS &&
           (strlen(action_names[step.action]) != length || strncmp(action_names[step.action], text, length) != 0))
        step.action++;
    if (step.action == ACTIONS)
        die("no such step: %s", text);
    if (step.action == UNTIL)
        step.file = text + length + 1;
    else if (text[length] == '=')
        step.number = strtoull(text + length + 1, NULL, 10);
    return step;
}

static struct script parse_script(char *text)
{
    struct script script = { .count = 0 };
    for (char *step = strtok(text, ","); step; step = strtok(NULL, ",")) {
        if (script.count == STEPS_MAX)
            die("a script of more than %d steps", STEPS_MAX);
        script.steps[script.count++] = parse_step(step);
    }
    return script;
}

static int create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        die_errno("open %s", path);
    return fd;
}

static void parse_options(struct peer *p, int argc, char **argv)
{
    static const struct option options[] = { { "port", 1, NULL, 'p' },   { "address", 1, NULL, 'a' },
                                             { "dir", 1, NULL, 'd' },    { "lines", 1, NULL, 'l' },
                                             { "refuse", 1, NULL, 'r' }, { "hang", 1, NULL, 'h' },
                                             { "rcvbuf", 1, NULL, 'b' }, { 0 } };
    for (int letter; (letter = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (letter) {
        case 'p': p->address.sin_port = htons((uint16_t)atoi(optarg)); break;
        case 'a': p->address.sin_addr.s_addr = inet_addr(optarg); break;
        case 'd': p->dir = optarg; break;
        case 'l': p->lines = create(optarg); break;
        case 'b': p->rcvbuf = atoi(optarg); break;
        case 'r':
        case 'h':
            p->refuses = letter == 'r';
            p->hangs = letter == 'h';
            p->gate = optarg;
            break;
        default: die("see the top of tests/tools/tcp-peer.c");
        }
    }
}

int main(int argc, char **argv)
{
    static char whole[] = "read";
    struct peer p = { .lines = -1, .began = clock_monotonic_ms() };
    p.address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    die_init("tcp-peer");
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    parse_options(&p, argc, argv);
    p.script_count = optind < argc ? argc - optind : 1;
    p.scripts = xcalloc((size_t)p.script_count, sizeof *p.scripts);
    p.scripts[0] = parse_script(optind < argc ? argv[optind] : whole);
    for (int i = 1; i < p.script_count; i++)
        p.scripts[i] = parse_script(argv[optind + i]);
    open_listener(&p);
    serve(&p);
}
