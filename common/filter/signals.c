#include "filter/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"

enum {
    EARLY_TIME = 1, /* seconds that an early end may take */
    TOGETHER = 50   /* ms */
};

static int pipe_ends[2] = { -1, -1 };
static int64_t drain_time;
static volatile sig_atomic_t end_came, status_came, is_ending, is_early, interrupts;
static volatile int64_t ending_since; /* monotonic ms; set once, before is_ending */
static char last_words[128];
static size_t last_length;

static void wake(void)
{
    ssize_t ignored = write(pipe_ends[1], "", 1);
    (void)ignored;
}

/* Signals that are sent together arrive in the order of their numbers. So an INT that was sent
 * before the other may come after it. */
static bool is_another(int number, int64_t now)
{
    int64_t same = number != SIGINT ? SIGNALS_SAME : interrupts == 1 ? TOGETHER : 0;
    return now >= ending_since + same;
}

static void take_end(int number)
{
    int64_t now = clock_monotonic_ms();
    interrupts += number == SIGINT && interrupts < 2;
    if (!is_ending) {
        ending_since = now;
        is_ending = end_came = 1;
    } else if (!is_early && is_another(number, now)) {
        is_early = 1;
        alarm(EARLY_TIME);
    }
}

static void on_signal(int number)
{
    int saved = errno;
    if (number == SIGUSR1)
        status_came = 1;
    else
        take_end(number);
    wake();
    errno = saved;
}

/* The early end has not come: the program is stuck where no signal reaches it. */
static void on_alarm(int number)
{
    struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
    (void)number;
    if (poll(&p, 1, 0) == 1) {
        ssize_t ignored = write(STDERR_FILENO, last_words, last_length);
        (void)ignored;
    }
    _exit(EXIT_FAILED);
}

static void make_quiet(int fd)
{
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        die_errno("fcntl");
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    sigfillset(&action.sa_mask);
    if (sigaction(number, &action, NULL) < 0)
        die_errno("sigaction");
}

static bool is_ignored(int number)
{
    struct sigaction old;
    return sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
}

void signals_init(int64_t drain)
{
    drain_time = drain;
    last_length = (size_t)snprintf(last_words, sizeof last_words, "%.60s: ended by a second signal\n", die_program());
    if (pipe(pipe_ends) < 0)
        die_errno("pipe");
    make_quiet(pipe_ends[0]);
    make_quiet(pipe_ends[1]);
    handle(SIGTERM, on_signal);
    handle(SIGINT, on_signal);
    handle(SIGUSR1, on_signal);
    handle(SIGALRM, on_alarm);
    if (!is_ignored(SIGHUP))
        handle(SIGHUP, on_signal);
}

int signals_fd(void)
{
    return pipe_ends[0];
}

static void empty_pipe(void)
{
    char bytes[64];
    while (read(pipe_ends[0], bytes, sizeof bytes) > 0)
        ;
}

/* A flag is cleared only if it was set: one that is set in between stays. */
static bool take(volatile sig_atomic_t *flag)
{
    if (!*flag)
        return false;
    *flag = 0;
    return true;
}

struct signals signals_take(void)
{
    empty_pipe();
    return (struct signals){ .end = take(&end_came), .status = take(&status_came), .early = is_early };
}

int64_t signals_time(void)
{
    return is_ending ? ending_since : 0;
}

int64_t signals_deadline(void)
{
    return is_early ? SIGNALS_AT_ONCE : is_ending ? ending_since + drain_time : INT64_MAX;
}

bool signals_wait(int fd, short events, int64_t timeout)
{
    struct pollfd polled[] = { { .fd = fd, .events = events }, { .fd = pipe_ends[0], .events = POLLIN } };
    if (poll(polled, 2, timeout > INT_MAX ? -1 : (int)timeout) <= 0)
        return false;
    if (polled[1].revents)
        empty_pipe();
    return polled[0].revents;
}

void signals_wake(void)
{
    if (end_came || status_came || is_early)
        wake();
}
