/* child: the sink's process. It is started with a pipe as its standard input and with `--done-fd N`
 * after its name, and started again when it has died: first after CHILD_PAUSE_MIN, each time after
 * twice as long, up to CHILD_PAUSE_MAX; each pause varies randomly by up to a quarter.
 *
 * It reads the pipe at its own pace: our end never blocks. Both pipes are closed here when the sink
 * has died. */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CHILD_PAUSE_MIN = 100, /* ms */
    CHILD_PAUSE_MAX = 30000,
    CHILD_KILL_AFTER = 1000, /* ms from TERM to KILL */
};

struct child {
    char **words;     /* the command line; NULL after the last */
    pid_t pid;        /* 0: it is not running */
    int input;        /* to its standard input; -1: closed */
    int done;         /* from its --done-fd; -1: it is not running */
    int64_t due;      /* monotonic ms: not running: when to start it; else: when to signal it; INT64_MAX: never */
    int64_t pause;    /* ms: before the next start */
    uint64_t starts;  /* so far */
    int signals_sent; /* to end it: none, TERM, KILL */
};

/* words must live on. Starts nothing. */
void child_init(struct child *c, char **words);

/* Starts it. Returns 0, or -1 and errno if it cannot be executed. */
int child_start(struct child *c);

/* How a process has died. */
struct child_death {
    bool is_exit;
    int status; /* its exit status, or the signal that killed it */
};

/* True if it has died since it was started; sets *death. Read the rest of its output from c->done,
 * then call child_bury. */
bool child_has_died(struct child *c, struct child_death *death);

/* Closes the pipes of a process that has died. */
void child_bury(struct child *c);

/* Plans the next start after a pause, which it returns in ms. now is monotonic ms, here and
 * below. */
int64_t child_plan(struct child *c, int64_t now);

/* Pauses begin again with the shortest. */
static inline void child_is_well(struct child *c)
{
    c->pause = CHILD_PAUSE_MIN;
}

/* Closes its standard input, and signals it if it has not died `patience` ms later. */
void child_end_input(struct child *c, int64_t now, int64_t patience);

/* Signals it if that is due. Returns the number of the signal that was sent, or 0. */
int child_hurry(struct child *c, int64_t now);

/* Ends it at once. */
void child_kill(struct child *c);

#endif
