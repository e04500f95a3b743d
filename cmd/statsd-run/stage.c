#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "programs.h"

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Makes a pipe. Only the end of statsd-run does not block. */
static bool make_pipe(int fds[2], int ours)
{
    if (pipe2(fds, O_CLOEXEC) < 0)
        return false;
    fcntl(fds[0], F_SETPIPE_SZ, STAGE_PIPE);
    fcntl(fds[ours], F_SETFL, O_NONBLOCK);
    return true;
}

/* Runs in the child: keeps only the descriptors that it needs. */
static _Noreturn void become(const struct stage *s, const struct command *arguments, int in, int out)
{
    sigset_t none;
    for (size_t i = 0; i < s->socket_count; i++)
        fcntl(s->sockets[i]->fd, F_SETFD, 0);
    setpgid(0, 0);
    if ((in >= 0 && dup2(in, STDIN_FILENO) < 0) || (out >= 0 && dup2(out, STDOUT_FILENO) < 0))
        die_errno("dup2");
    unsetenv("NOTIFY_SOCKET");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    programs_execute(arguments);
}

static const char *failed(const char *what, int in[2], int out[2])
{
    int error = errno;
    for (int i = 0; i < 2; i++) {
        close_one(&in[i]);
        close_one(&out[i]);
    }
    errno = error;
    return what;
}

const char *stage_start(struct stage *s, const struct command *arguments, int64_t now)
{
    int in[2] = { -1, -1 }, out[2] = { -1, -1 };
    bool has_input = s->feed.pipe > 0;
    if ((has_input && !make_pipe(in, 1)) || (s->has_output && !make_pipe(out, 0)))
        return failed("pipe", in, out);
    pid_t pid = fork();
    if (pid == 0)
        become(s, arguments, in[0], out[1]);
    if (pid < 0)
        return failed("fork", in, out);
    close_one(&in[0]);
    close_one(&out[1]);
    s->pid = pid;
    s->to = in[1];
    s->from = out[0];
    s->state = STAGE_RUNNING;
    s->is_asked = s->is_hung = s->is_broken = false;
    s->began = now;
    s->carried = 0;
    return NULL;
}

void stage_signal(const struct stage *s, int signal)
{
    if (s->state != STAGE_RUNNING)
        return;
    /* The signal also reaches what a script has started. */
    if (signal == SIGKILL)
        kill(-s->pid, signal);
    kill(s->pid, signal);
}

void stage_end_input(struct stage *s, int64_t now)
{
    char path[32];
    if (s->to < 0)
        return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", s->to);
    s->rest = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    close_one(&s->to);
    if (!s->is_asked)
        s->asked = now;
    s->is_asked = true;
}

size_t stage_unread(const struct stage *s)
{
    int unread = 0, fd = s->to >= 0 ? s->to : s->rest;
    return fd >= 0 && ioctl(fd, FIONREAD, &unread) == 0 && unread > 0 ? (size_t)unread : 0;
}

uint64_t stage_lines_read(const struct stage *s)
{
    return s->lines_added - feed_lines_unread(&s->feed, stage_unread(s));
}

void stage_look(struct stage *s, int64_t now)
{
    int waiting = 0;
    if (s->from < 0 || !answered_is_due(&s->answered, now))
        return;
    /* In this order: if a row arrives in between, FIONREAD sees it and the count is not used. */
    uint64_t read = stage_lines_read(s);
    if (ioctl(s->from, FIONREAD, &waiting) == 0 && !waiting)
        answered_look(&s->answered, read, now);
}

static void lengthen_pause(struct stage *s)
{
    int64_t pause = s->pause;
    s->pause = !pause ? STAGE_PAUSE_FIRST : pause * 2 > STAGE_PAUSE_MOST ? STAGE_PAUSE_MOST : pause * 2;
}

int64_t stage_plan_retry(struct stage *s, int64_t now)
{
    int64_t pause = s->pause ? s->pause : STAGE_PAUSE_FIRST;
    s->pause = pause;
    lengthen_pause(s);
    s->due = now + pause;
    return pause;
}

int64_t stage_plan_restart(struct stage *s, int64_t now)
{
    int64_t lived = now - s->began;
    s->deaths = lived < STAGE_AT_ONCE ? s->deaths + 1 : 0;
    if (s->deaths >= STAGE_DEATHS_MOST) {
        s->state = STAGE_OVER;
        return -1;
    }
    if (lived >= STAGE_PAUSE_MOST)
        s->pause = 0;
    int64_t pause = s->pause;
    lengthen_pause(s);
    s->state = STAGE_WAITING;
    s->due = now + pause;
    return pause;
}

void stage_status_text(int status, char *text)
{
    if (WIFSIGNALED(status))
        snprintf(text, STAGE_TEXT_MAX, "was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(text, STAGE_TEXT_MAX, "ended with status %d", WEXITSTATUS(status));
}
