/* signals: TERM, INT, HUP and USR1 as events that a poll loop can wait for.
 *
 * The first TERM, INT or HUP asks for an orderly end. A TERM or HUP within SIGNALS_SAME of it is
 * the same one: timeout(1) and systemd send two. A second INT, or a TERM or HUP that comes later,
 * asks for an early end: the program reports what it leaves behind and exits at once. If it has not
 * exited after a second, because something blocks, this module ends it. HUP is left alone if the
 * program was started with HUP ignored, as by nohup(1). USR1 asks for a status line on stderr and
 * for side files to be opened again. SIGPIPE is handled by die_init. */
#ifndef FILTER_SIGNALS_H
#define FILTER_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

enum { SIGNALS_SAME = 1000 }; /* ms */

/* Installs the handlers. Call it once, before the first poll. drain is how long (ms) the orderly
 * end may take. */
void signals_init(int64_t drain);

/* Returns a descriptor that is readable while signals_take has something to report. It is never -1
 * after signals_init. */
int signals_fd(void);

/* What has arrived since the last call. signals_take empties the descriptor. */
struct signals {
    bool end;    /* the first TERM, INT or HUP; reported once */
    bool status; /* USR1 */
    bool early;  /* end at once; true in every call from then on */
};
struct signals signals_take(void);

/* The monotonic time (ms) of the first TERM, INT or HUP; 0: none has come. */
int64_t signals_time(void);

/* Until when (monotonic ms) the program may wait for a reader: INT64_MAX before the first signal,
 * then the end of --drain, and SIGNALS_AT_ONCE once the end is early. */
#define SIGNALS_AT_ONCE INT64_MIN
int64_t signals_deadline(void);

/* Waits for `events` at fd, or a signal, for at most timeout ms. Returns true if fd has something
 * to report. A signal stays for signals_take: call signals_wake before the next poll of
 * signals_fd. */
bool signals_wait(int fd, short events, int64_t timeout);
void signals_wake(void);

#endif
