#include "run/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "net/descriptors.h"

enum { DONE_FD = 3, FIRST_TO_CLOSE, NOT_EXECUTED = 127, PIPE_SIZE = 1 << 20 };

void command_adopt_orphans(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
}

/* --- the environment -------------------------------------------------------------------------- */

static char *variable(const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + 2;
    char *text = xmalloc(size);
    snprintf(text, size, "%s=%s", name, value);
    return text;
}

static bool is_ours(const char *entry)
{
    static const char *const names[] = { "TOPIC=", "STATE=", "PARTITION=" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(entry, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* The first three are the caller's to free, and the list itself. It is made before fork(2): a child
 * of a process with threads must not allocate. */
static char **make_environment(const struct command_variables *variables)
{
    size_t count = 0;
    char number[16];
    while (environ[count])
        count++;
    char **all = xreallocarray(NULL, count + 4, sizeof *all);
    snprintf(number, sizeof number, "%d", variables->partition);
    all[0] = variable("TOPIC", variables->topic);
    all[1] = variable("STATE", variables->state);
    all[2] = variable("PARTITION", number);
    size_t length = 3;
    for (size_t i = 0; i < count; i++)
        if (!is_ours(environ[i]))
            all[length++] = environ[i];
    all[length] = NULL;
    return all;
}

static void free_environment(char **all)
{
    for (int i = 0; i < 3; i++)
        free(all[i]);
    free(all);
}

/* --- processes -------------------------------------------------------------------------------- */

/* In the child. The ends of the pipes are out of the way of DONE_FD. */
static _Noreturn void become(char *text, char **environment, int input, int done)
{
    static char shell[] = "sh", option[] = "-c";
    char *const words[] = { shell, option, text, NULL };
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    if (dup2(input, STDIN_FILENO) >= 0 && dup2(done, DONE_FD) >= 0) {
        net_close_from(FIRST_TO_CLOSE);
        execve("/bin/sh", words, environment);
    }
    _exit(NOT_EXECUTED);
}

static void close_both(const int *ends)
{
    close(ends[0]);
    close(ends[1]);
}

/* A pipe whose ends are not DONE_FD or below, with `ours` of them non-blocking. */
static int open_pipe(int *ends, int ours)
{
    int made[2];
    if (pipe2(made, O_CLOEXEC) < 0)
        return -1;
    for (int i = 0; i < 2; i++)
        ends[i] = fcntl(made[i], F_DUPFD_CLOEXEC, FIRST_TO_CLOSE);
    close_both(made);
    if (ends[0] >= 0 && ends[1] >= 0 && fcntl(ends[ours], F_SETFL, O_NONBLOCK) == 0)
        return 0;
    int reason = errno;
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    errno = reason;
    return -1;
}

static pid_t start(const char *text, const struct command_variables *variables, const int *input, const int *done)
{
    char *copy = xstrndup(text, strlen(text)), **environment = make_environment(variables);
    pid_t pid = fork();
    if (pid == 0)
        become(copy, environment, input[0], done[1]);
    int reason = errno;
    if (pid > 0)
        setpgid(pid, pid);
    free_environment(environment);
    free(copy);
    errno = reason;
    return pid;
}

int command_start(struct command *c, const char *text, const struct command_variables *variables)
{
    int input[2], done[2];
    if (open_pipe(input, 1) < 0)
        return -1;
    if (open_pipe(done, 0) < 0) {
        close_both(input);
        return -1;
    }
    (void)fcntl(input[1], F_SETPIPE_SZ, PIPE_SIZE);
    pid_t pid = start(text, variables, input, done);
    if (pid < 0) {
        int reason = errno;
        close_both(input);
        close_both(done);
        errno = reason;
        return -1;
    }
    close(input[0]);
    close(done[1]);
    *c = (struct command){ pid, input[1], done[0] };
    return 0;
}

/* It stays to be waited for: until then no other process has its number. */
bool command_has_ended(const struct command *c, int *how)
{
    siginfo_t info = { .si_pid = 0 };
    if (!c->pid || waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
        return false;
    *how = info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : info.si_status;
    return true;
}

/* A process has become our child before the one that started it can be waited for, so that none
 * is missed. */
void command_kill(struct command *c)
{
    if (!c->pid)
        return;
    kill(-c->pid, SIGKILL);
    while (waitpid(-c->pid, NULL, 0) > 0 || errno == EINTR)
        continue;
    close(c->input);
    close(c->done);
    *c = COMMAND_NONE;
}
