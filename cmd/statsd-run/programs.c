#include "programs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"

/* The program beside this one, or its name alone. */
static const char *find(const char *name, char path[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash - path) + strlen(name) + 2 > PATH_MAX)
        return name;
    strcpy(slash + 1, name);
    return access(path, X_OK) == 0 ? path : name;
}

_Noreturn void programs_execute(const struct command *c)
{
    char path[PATH_MAX];
    execvp(find(c->words[0], path), c->words);
    say("run %s: %s", c->words[0], strerror(errno));
    _exit(127);
}

/* The part of a command before its `--`, or after it; either may be a program with its options. */
static bool check_part(const struct command *c, size_t from, size_t to)
{
    struct command asked = { .words = NULL };
    int status;
    for (size_t i = from; i < to; i++)
        command_add(&asked, c->words[i]);
    /* A program checks all options before the last one, --help. */
    command_add(&asked, "--help");
    pid_t pid = fork();
    if (pid == 0) {
        /* Not /dev/null, which a chroot may lack. */
        int null = memfd_create("null", MFD_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
            die_errno("memfd_create");
        programs_execute(&asked);
    }
    command_free(&asked);
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    if (pid > 0 && WIFSIGNALED(status))
        say("%s --help was killed by signal %d (%s)", c->words[from], WTERMSIG(status), strsignal(WTERMSIG(status)));
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool programs_check(const struct command *c)
{
    size_t dashes = 0;
    while (dashes < c->count && strcmp(c->words[dashes], "--") != 0)
        dashes++;
    bool is_good = check_part(c, 0, dashes);
    return (dashes == c->count || check_part(c, dashes + 1, c->count)) && is_good;
}
