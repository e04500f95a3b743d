/* run: the running pipeline: its sockets, its programs, the data between them, signals, and reloads
 * of the config.
 *
 *     statsd-recv ─┐                 ┌─ feed, 16M ─ sink
 *                  └─ feed ─ statsd-agg
 *                                    └─ feed, 16M ─ sink
 *
 * The output of every program is read here and passed on, in whole lines. So a program can be
 * started again without losing lines that it has not read, and no sink holds up another. */
#ifndef RUN_H
#define RUN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/die.h"
#include "config_file.h"
#include "console.h"
#include "filter/own_folder.h"
#include "net/sockets.h"
#include "settings.h"
#include "stage.h"

enum {
    RUN_PATH_MAX = 108,         /* bytes of a Unix socket's path with its NUL */
    RUN_SINK_BUFFER = 16 << 20, /* bytes that wait for a sink */
    RUN_FEED_MOST = 1 << 20,    /* bytes that wait for statsd-agg before statsd-recv has to */
    RUN_END_PATIENCE = 10000,   /* ms: how long a program may take to end once its input has */
    RUN_TERM_AGAIN = 500,       /* ms */
    RUN_LOOK_INTERVAL = 1000,   /* ms between two looks at the config file */
};

/* How statsd-agg is replaced by one with other options, without losing its open intervals. */
enum handover {
    HANDOVER_NONE,
    HANDOVER_EMPTY, /* no more lines are read for it; the waiting ones are written to it */
    HANDOVER_ASKED, /* it was asked to save what is open, and has not answered */
    HANDOVER_ENDED, /* its input has ended */
};

/* The sockets of one place. */
struct run_listener {
    struct net_place place;
    char *text; /* the place, as the config has it; NULL: systemd has opened it */
    struct net_sockets sockets;
};

struct run {
    struct config_file file;
    struct config_now now; /* what runs */
    struct run_listener *listeners;
    size_t listener_count;
    struct console console;
    struct stage receive, aggregate;
    struct stage **sinks;
    size_t sink_count;
    int signals;              /* signalfd(2) */
    struct own_folder folder; /* for the control socket and the state that is handed over */
    char control[RUN_PATH_MAX], saved[RUN_PATH_MAX];
    bool is_handed_down; /* systemd has opened the sockets */
    bool is_first;       /* statsd-agg waits for the first line of statsd-recv */
    bool is_ending;
    int64_t term_again; /* monotonic ms: when statsd-recv, started at the end, gets its TERM; 0: never */
    bool is_killed;     /* a second signal has killed all programs */
    int64_t ended;      /* monotonic ms: when it was asked to end */
    bool failed;        /* the exit status is 1 */
    enum handover handover;
    int handover_fd;
    int64_t handover_began;
    bool is_blind;     /* poll(2) fails */
    bool wants_reload; /* once the handover is over */
    int64_t looked;    /* monotonic ms: at the config file */
    int64_t lost_said; /* monotonic ms: what sinks have lost */
};

/* Opens sockets, starts the programs, and runs until the end. Takes over *now. */
enum exit_code run_pipeline(const struct config_file *file, struct config_now *now, int ready_fd);

/* --- run_stages.c --- */

/* Prepares the stages of r->now; none is started yet. */
void run_begin_stages(struct run *r);
void run_free_stages(struct run *r);
struct stage *run_add_sink(struct run *r, const struct sink *sink);

/* Makes r->receive.sockets those of all listeners. */
void run_collect_sockets(struct run *r);

/* Starts the stages whose time has come. */
void run_start_due(struct run *r, int64_t now);

/* True if a statsd-agg has saved its open intervals, and the next one has not taken them over
 * yet. */
bool run_has_saved(const struct run *r);

/* Takes the processes that have ended. */
void run_reap(struct run *r, int64_t now);

/* --- run_flow.c --- */

/* Reads the output of a stage, and passes it on. */
void run_pump(struct run *r, struct stage *from);

/* Writes what waits for a stage. */
void run_write(struct stage *to);

/* Ends the input of stages that get no more lines, kills those that do not end, and reports the
 * losses of sinks. */
void run_follow_ends(struct run *r, int64_t now);
void run_kill_hung(struct run *r, int64_t now);
void run_say_lost(struct run *r, int64_t now, bool is_last);

/* Drops the lines that wait for a sink that is over, and reports their number. */
void run_say_undelivered(struct stage *s);

/* --- run_reload.c --- */

/* Reads the config again. A broken one is reported and changes nothing. */
void run_reload(struct run *r, int64_t now);
void run_step_handover(struct run *r, int64_t now);

/* Opens the sockets of the settings, or takes those of systemd, or ends the program. */
void run_open_sockets(struct run *r);

/* The number of stages, and each of them. */
static inline size_t run_stage_count(const struct run *r)
{
    return 2 + r->sink_count;
}

static inline struct stage *run_stage(struct run *r, size_t number)
{
    return number == 0 ? &r->receive : number == 1 ? &r->aggregate : r->sinks[number - 2];
}

#endif
