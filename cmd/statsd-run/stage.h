/* stage: a program of the pipeline: its process, its pipes, and when it is started again. */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "answered.h"
#include "command.h"
#include "feed.h"
#include "net/sockets.h"

enum {
    STAGE_AT_ONCE = 1000,     /* ms: a process that lives shorter died at once */
    STAGE_DEATHS_MOST = 10,   /* in a row, at once */
    STAGE_PAUSE_FIRST = 100,  /* ms: before the second start; doubled before each of the next */
    STAGE_PAUSE_MOST = 30000, /* ms. One that lived as long begins from the first pause */
    STAGE_PIPE = 1 << 20,     /* bytes that its pipes hold, where the kernel allows it */
};

enum stage_state {
    STAGE_RUNNING,
    STAGE_WAITING, /* to be started at `due` */
    STAGE_OVER,    /* it is not started again */
};

struct stage {
    const char *name;       /* `statsd-agg`, for messages; not copied */
    struct command command; /* owned */
    enum stage_state state;
    pid_t pid;
    int64_t began, due; /* monotonic ms */
    int64_t pause;      /* ms, before the next start; 0: at once */
    unsigned deaths;    /* at once, in a row */
    bool is_asked;      /* it was asked to end, by a TERM or by the end of its input */
    int64_t asked;      /* monotonic ms: when */
    bool is_hung;       /* it was killed because it did not end */
    bool is_leaving;    /* a sink that the config no longer has: it is not started again */
    bool is_broken;     /* it no longer reads its standard input */
    int64_t over;       /* monotonic ms: since when it is STAGE_OVER */
    int64_t wrote;      /* monotonic ms: when it read something last, as far as its pipe shows */
    int to, from;       /* its standard input and output, not blocking; -1: none */
    int rest;           /* the other end of its standard input, once `to` is closed; -1: none */
    bool has_output;    /* its standard output is ours to read */
    struct feed feed;   /* the lines for its standard input */
    char *carry;        /* of its output: the start of a line */
    size_t carried, carry_capacity;
    const struct net_socket **sockets; /* that it inherits; not owned */
    size_t socket_count;
    uint64_t lines_added; /* to its feed */
    struct answered answered;
};

/* Starts the process. arguments is its command line, which may differ from s->command. Returns
 * NULL, or the name of the system call that failed, with errno set; nothing is open then. */
const char *stage_start(struct stage *s, const struct command *arguments, int64_t now);

/* Sends the signal to the process, if there is one. */
void stage_signal(const struct stage *s, int signal);

/* Closes its standard input, so that it ends. */
void stage_end_input(struct stage *s, int64_t now);

/* The bytes in its pipe that it has not read. */
size_t stage_unread(const struct stage *s);

/* How many lines it has read. */
uint64_t stage_lines_read(const struct stage *s);

/* Counts them for s->answered, if that is due and none of its output is waiting. */
void stage_look(struct stage *s, int64_t now);

/* Notes that the process has ended by itself, and when to start the next one. Returns the pause
 * in ms, 0 for at once, or -1 when it has died at once too often. */
int64_t stage_plan_restart(struct stage *s, int64_t now);

/* Plans the next attempt of one that could not be started: after its pause, which is doubled for
 * the one after that. Returns the pause in ms. It does not count as a death. */
int64_t stage_plan_retry(struct stage *s, int64_t now);

/* `was killed by signal 9 (Killed)`, `ended with status 1`, for a status of waitpid(2). text has
 * room for STAGE_TEXT_MAX bytes. */
enum { STAGE_TEXT_MAX = 128 };
void stage_status_text(int status, char *text);

#endif
