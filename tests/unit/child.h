/* child: runs a function in a child process and keeps what it printed and how it ended, to test
 * what ends a program.
 *
 *     struct outcome o = in_child(body, argument);
 *     tap_ok(o.status == 2 && strcmp(o.err, "x: bad\n") == 0, "…"); */
#ifndef CHILD_H
#define CHILD_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct outcome {
    int status; /* of exit(3), or 128 + the signal's number */
    char out[8192], err[4096];
};

static inline void child_read_back(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* body may return, which is exit(0). */
static inline struct outcome in_child(void (*body)(void *), void *argument)
{
    struct outcome outcome;
    FILE *out = tmpfile(), *err = tmpfile();
    fflush(stdout);
    pid_t pid = out && err ? fork() : -1;
    if (pid < 0) {
        perror("in_child");
        exit(2);
    }
    if (pid == 0) {
        dup2(fileno(out), STDOUT_FILENO);
        dup2(fileno(err), STDERR_FILENO);
        body(argument);
        exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    child_read_back(out, outcome.out, sizeof outcome.out);
    child_read_back(err, outcome.err, sizeof outcome.err);
    return outcome;
}

#endif
