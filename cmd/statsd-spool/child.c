#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"

enum { NOT_EXECUTED = 127, PIPE_SIZE = 1 << 18 };

void child_init(struct child *c, char **words)
{
    *c = (struct child){ .words = words, .input = -1, .done = -1, .due = INT64_MIN, .pause = CHILD_PAUSE_MIN };
}

/* The command line with `--done-fd N` after the name, in memory that the caller frees. */
static char **with_done_fd(char **words, char *number)
{
    static char option[] = "--done-fd";
    size_t count = 0;
    while (words[count])
        count++;
    char **all = xreallocarray(NULL, count + 3, sizeof *all);
    all[0] = words[0];
    all[1] = option;
    all[2] = number;
    for (size_t i = 1; i <= count; i++)
        all[i + 2] = words[i];
    return all;
}

/* In the child: makes `done` inheritable under the lowest number above 2 that the sink inherits
 * nothing at, since dash redirects only to descriptors of one digit. Returns that, or -1 and
 * errno. */
static int inheritable(int done, int failed)
{
    for (int fd = STDERR_FILENO + 1; fd < done; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (fd != failed && (flags < 0 || (flags & FD_CLOEXEC)))
            return dup2(done, fd);
    }
    return fcntl(done, F_SETFD, 0) < 0 ? -1 : done;
}

/* In the child: becomes the sink, or writes errno to `failed`. */
static _Noreturn void become(char **words, int input, int done, int failed)
{
    char number[16];
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (dup2(input, STDIN_FILENO) >= 0 && (done = inheritable(done, failed)) >= 0) {
        snprintf(number, sizeof number, "%d", done);
        char **all = with_done_fd(words, number);
        execvp(all[0], all);
    }
    int reason = errno;
    ssize_t ignored = write(failed, &reason, sizeof reason);
    (void)ignored;
    _exit(NOT_EXECUTED);
}

static void close_pipe(const int *ends)
{
    if (ends[0] >= 0)
        close(ends[0]);
    if (ends[1] >= 0)
        close(ends[1]);
}

/* Waits until the program is executed. Returns 0, or the errno if it was not. */
static int wait_for_start(int failed)
{
    int reason = 0;
    ssize_t n;
    do
        n = read(failed, &reason, sizeof reason);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof reason ? reason : 0;
}

enum { INPUT, DONE, FAILED, PIPES };

static bool open_pipes(int pipes[PIPES][2])
{
    for (int i = 0; i < PIPES; i++)
        pipes[i][0] = pipes[i][1] = -1;
    for (int i = 0; i < PIPES; i++)
        if (pipe2(pipes[i], O_CLOEXEC) < 0)
            return false;
    (void)fcntl(pipes[INPUT][1], F_SETPIPE_SZ, PIPE_SIZE);
    return fcntl(pipes[INPUT][1], F_SETFL, O_NONBLOCK) == 0 && fcntl(pipes[DONE][0], F_SETFL, O_NONBLOCK) == 0;
}

static void close_pipes(int pipes[PIPES][2])
{
    int reason = errno;
    for (int i = 0; i < PIPES; i++)
        close_pipe(pipes[i]);
    errno = reason;
}

int child_start(struct child *c)
{
    int pipes[PIPES][2];
    pid_t pid = -1;
    if (open_pipes(pipes))
        pid = fork();
    if (pid < 0) {
        close_pipes(pipes);
        return -1;
    }
    if (pid == 0)
        become(c->words, pipes[INPUT][0], pipes[DONE][1], pipes[FAILED][1]);
    close(pipes[FAILED][1]);
    pipes[FAILED][1] = -1;
    int reason = wait_for_start(pipes[FAILED][0]);
    if (reason) {
        close_pipes(pipes);
        waitpid(pid, NULL, 0);
        errno = reason;
        return -1;
    }
    close(pipes[FAILED][0]);
    close(pipes[INPUT][0]);
    close(pipes[DONE][1]);
    c->pid = pid;
    c->input = pipes[INPUT][1];
    c->done = pipes[DONE][0];
    c->due = INT64_MAX;
    c->signals_sent = 0;
    c->starts++;
    return 0;
}

bool child_has_died(struct child *c, struct child_death *death)
{
    int status;
    if (!c->pid || waitpid(c->pid, &status, WNOHANG) != c->pid)
        return false;
    death->is_exit = WIFEXITED(status);
    death->status = death->is_exit ? WEXITSTATUS(status) : WTERMSIG(status);
    return true;
}

static void close_input(struct child *c)
{
    if (c->input >= 0)
        close(c->input);
    c->input = -1;
}

void child_bury(struct child *c)
{
    close_input(c);
    close(c->done);
    c->done = -1;
    c->pid = 0;
    c->due = INT64_MAX;
}

int64_t child_plan(struct child *c, int64_t now)
{
    int64_t spread = c->pause / 2 + 1, pause = c->pause - c->pause / 4 + random() % spread;
    c->due = now + pause;
    c->pause = 2 * c->pause > CHILD_PAUSE_MAX ? CHILD_PAUSE_MAX : 2 * c->pause;
    return pause;
}

void child_end_input(struct child *c, int64_t now, int64_t patience)
{
    if (!c->pid || c->input < 0)
        return;
    close_input(c);
    c->due = now + patience;
}

int child_hurry(struct child *c, int64_t now)
{
    static const int numbers[] = { SIGTERM, SIGKILL };
    if (!c->pid || now < c->due)
        return 0;
    int number = numbers[c->signals_sent];
    kill(c->pid, number);
    c->due = ++c->signals_sent == 2 ? INT64_MAX : now + CHILD_KILL_AFTER;
    return number;
}

void child_kill(struct child *c)
{
    if (!c->pid)
        return;
    close_input(c);
    kill(c->pid, SIGKILL);
    c->due = INT64_MAX;
    c->signals_sent = 2;
}
