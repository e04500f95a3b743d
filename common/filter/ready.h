/* ready: telling who started the program that it listens. */
#ifndef FILTER_READY_H
#define FILTER_READY_H

#include <stddef.h>

/* Dies unless fd, of --ready-fd, is open; call it before anything else can take its number. */
void ready_check(int fd);

/* Writes text to fd with one write and closes it, unless it is stdout or stderr. */
void ready_tell(int fd, const char *text, size_t length);

/* Tells the service manager that has set NOTIFY_SOCKET, if one has (sd_notify(3)). */
void ready_notify(void);

#endif
