/* command: the processes that aggregate one partition: a shell and its children, in a process group
 * of their own.
 *
 * The shell's standard input is a pipe, and descriptor 3 is another, on which the last program
 * names the times of delivered intervals (--done-fd 3). No other descriptor of ours is open in
 * them, so they read the end of their input even if we are killed. */
#ifndef RUN_COMMAND_H
#define RUN_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

struct command {
    pid_t pid; /* the shell's, and the number of the process group; 0: not running */
    int input; /* non-blocking; -1: not running */
    int done;  /* non-blocking; -1: not running */
};

/* What a command finds in its environment. */
struct command_variables {
    const char *topic, *state; /* TOPIC and STATE */
    int partition;             /* PARTITION */
};

#define COMMAND_NONE ((struct command){ 0, -1, -1 })

/* Makes the processes that lose their parent our children, so that we can wait for them. */
void command_adopt_orphans(void);

/* Starts `sh -c text`. Returns 0, or -1: errno says why. */
int command_start(struct command *c, const char *text, const struct command_variables *variables);

/* True if the shell has ended. *how is as waitpid(2) has it. What it has started may be running
 * still: call command_kill. */
bool command_has_ended(const struct command *c, int *how);

/* Kills the process group, waits for all of it, and closes the pipes. Does nothing if none is
 * running. */
void command_kill(struct command *c);

#endif
