/* signals: TERM, INT and USR1 as events that a poll loop can wait for.
 *
 * The first TERM or INT asks for an orderly end. The second ends the program at once with
 * EXIT_FAILED, flushing nothing. USR1 asks for one status line on stderr. SIGPIPE is handled by
 * die_init. */
#ifndef FILTER_SIGNALS_H
#define FILTER_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

/* Installs the handlers. Call it once, before the first poll. drain is how long (ms) the orderly end
 * may take. */
void signals_init(int64_t drain);

/* Until when (monotonic ms) a reader may be waited for: INT64_MAX before the first signal, then as
 * long as --drain. */
int64_t signals_deadline(void);

/* Returns a descriptor that is readable while signals_take has something to report. It is never -1
 * after signals_init. */
int signals_fd(void);

/* What has arrived since the last call. signals_take empties the descriptor. */
struct signals {
    bool end;    /* the first TERM or INT; reported once */
    bool status; /* USR1 */
};
struct signals signals_take(void);

#endif
