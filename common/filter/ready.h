/* ready: reports to the process that started the program that it is listening. */
#ifndef FILTER_READY_H
#define FILTER_READY_H

#include <stddef.h>

/* Ends the program unless fd, the value of --ready-fd, is open for writing. Call it before anything
 * else can take that number. */
void ready_check(int fd);

/* The same for the descriptor of another option, such as `--done-fd`. */
void ready_check_writable(const char *option, int fd);

/* Writes text[0..length) to fd with one write, and closes fd unless it is stdout or stderr. Ends
 * the program if the write fails. */
void ready_tell(int fd, const char *text, size_t length);

/* Tells the service manager, if it has set NOTIFY_SOCKET (sd_notify(3)), that the program is ready.
 * Prints a warning if that fails. */
void ready_notify(void);

/* The same for any state: lines such as `READY=1`, each with its LF. */
void ready_notify_state(const char *state);

#endif
