#include "filter/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"

static int pipe_ends[2] = { -1, -1 };
static volatile sig_atomic_t end_seen;
static volatile int64_t end_time;
static int64_t end_drain;

static void on_signal(int number)
{
    int saved = errno;
    char byte = number == SIGUSR1 ? 's' : 'e';
    if (byte == 'e') {
        if (end_seen)
            _exit(EXIT_FAILED);
        end_seen = 1;
        end_time = clock_monotonic_ms();
    }
    ssize_t ignored = write(pipe_ends[1], &byte, 1);
    (void)ignored;
    errno = saved;
}

static void make_quiet(int fd)
{
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        die_errno("fcntl");
}

int64_t signals_deadline(void)
{
    return end_seen ? end_time + end_drain : INT64_MAX;
}

void signals_init(int64_t drain)
{
    end_drain = drain;
    if (pipe(pipe_ends) < 0)
        die_errno("pipe");
    make_quiet(pipe_ends[0]);
    make_quiet(pipe_ends[1]);
    struct sigaction action = { .sa_handler = on_signal };
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) < 0 || sigaction(SIGINT, &action, NULL) < 0 ||
        sigaction(SIGUSR1, &action, NULL) < 0)
        die_errno("sigaction");
}

int signals_fd(void)
{
    return pipe_ends[0];
}

struct signals signals_take(void)
{
    struct signals taken = { false, false };
    char bytes[64];
    ssize_t n;
    while ((n = read(pipe_ends[0], bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n; i++) {
            taken.end |= bytes[i] == 'e';
            taken.status |= bytes[i] == 's';
        }
    return taken;
}
