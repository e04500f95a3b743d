/* pauses: how long to wait between attempts that fail. They double from PAUSES_FIRST to
 * PAUSES_MOST. Each varies randomly by up to a quarter, so that many senders don't return at the
 * same moment. They start again from PAUSES_FIRST only after a batch was delivered. */
#ifndef SINK_PAUSES_H
#define SINK_PAUSES_H

#include <stdint.h>

enum {
    PAUSES_FIRST = 100,       /* ms */
    PAUSES_MOST = 30000,      /* ms */
    PAUSES_MOST_AT_END = 500, /* ms: once there is no more input */
};

struct pauses {
    int64_t next, most; /* ms */
};

/* Also after a batch was delivered. */
void pauses_begin(struct pauses *p);

/* There is no more input: tries more often. */
void pauses_hurry(struct pauses *p);

/* Returns the next pause, in ms; `chance` is any number from 0 up (random(3)). */
int64_t pauses_next(struct pauses *p, long chance);

#endif
