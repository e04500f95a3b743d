#include "console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "console_client.h"
#include "net/descriptors.h"
#include "net/listen.h"

void console_open(struct console *c, const char *host, unsigned port, const char *control, const struct value *config,
                  bool is_down)
{
    struct net_place place = { .kind = NET_TCP, .fd = -1, .port = (uint16_t)port };
    *c = (struct console){ .control = control, .config = config, .shortages = shortages_none };
    snprintf(place.host, sizeof place.host, "%s", host);
    net_sockets_open(&c->sockets, &place, 1, 0);
    c->is_down = mmap(NULL, sizeof *c->is_down, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c->is_down == MAP_FAILED)
        die_errno("mmap");
    *c->is_down = is_down;
}

void console_close(struct console *c)
{
    for (size_t i = 0; i < CONSOLE_CLIENTS; i++)
        if (c->clients[i])
            kill(c->clients[i], SIGKILL);
    net_sockets_close(&c->sockets);
    shortage_summary(&c->shortages);
    munmap(c->is_down, sizeof *c->is_down);
}

static pid_t *free_place(struct console *c)
{
    for (size_t i = 0; i < CONSOLE_CLIENTS; i++)
        if (!c->clients[i])
            return &c->clients[i];
    return NULL;
}

/* Runs in the child. It closes all other descriptors, because other programs wait for their
 * ends. */
static _Noreturn void serve(const struct console *c, int fd)
{
    sigset_t none;
    dup2(fd, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    net_close_from(STDERR_FILENO + 1);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    console_client_serve(c->control, c->config, c->is_down);
    _exit(0);
}

short console_watch(const struct console *c, int64_t now)
{
    return now < c->rest_end ? 0 : POLLIN;
}

static void accept_failed(struct console *c, const struct net_socket *s)
{
    if (net_accept_passes(errno) && !shortage_at_accept(errno))
        return;
    shortage_report(&c->shortages, "accept", s->name, errno);
    c->rest_end = clock_monotonic_ms() + SHORTAGE_REST;
}

void console_accept(struct console *c, const struct net_socket *s)
{
    pid_t *place = free_place(c);
    int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        accept_failed(c, s);
        return;
    }
    pid_t pid = place ? fork() : -1;
    if (pid == 0)
        serve(c, fd);
    if (pid < 0)
        warn("console: a connection was closed: %s", place ? strerror(errno) : "64 are open");
    else
        *place = pid;
    close(fd);
}

void console_reaped(struct console *c, pid_t pid)
{
    for (size_t i = 0; i < CONSOLE_CLIENTS; i++)
        if (c->clients[i] == pid) {
            c->clients[i] = 0;
            c->rest_end = 0;
        }
}
