/* signals: TERM, INT and USR1 as events a poll loop can wait for.
 *
 * The first TERM or INT asks for an orderly end; the second ends the program at once, with EXIT_FAILED and without
 * flushing anything. USR1 asks for one status line on stderr. SIGPIPE is die_init's. */
#ifndef FILTER_SIGNALS_H
#define FILTER_SIGNALS_H

#include <stdbool.h>

/* Installs the handlers; call it once, before the first poll. */
void signals_init(void);

/* A descriptor that is readable while signals_take has something to tell. Never -1 after signals_init. */
int signals_fd(void);

/* What has arrived since the last call; empties the descriptor. */
struct signals {
    bool end;    /* the first TERM or INT (told once) */
    bool status; /* USR1 */
};
struct signals signals_take(void);

#endif
