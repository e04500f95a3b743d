/* outage: the messages about the other side, one when it fails and one when it is back, no matter
 * how many attempts fail in between. An outage ends when a batch has been delivered. */
#ifndef SINK_OUTAGE_H
#define SINK_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "sink/queue.h"

enum { OUTAGE_AGAIN = 600000 /* ms */ };

struct outage {
    const struct queue *queue;
    bool is_on;
    int64_t since;          /* monotonic ms */
    int64_t said;           /* when the last message about it was printed (monotonic ms) */
    char where[280];        /* the side that the first message named */
    int64_t last_exception; /* Unix seconds of the last failure; at first the start of the program */
    uint64_t reconnects;    /* sides reached after an outage */
};

void outage_init(struct outage *o, const struct queue *q);

/* An attempt has failed. Reports `WHAT WHERE: WHY: 12 lines wait` if it is the first of an outage:
 * what was tried (`connect`), on what (`127.0.0.1:2003`), and the reason. now is monotonic ms. */
void outage_fail(struct outage *o, int64_t now, const char *what, const char *where, const char *why);

/* An attempt has failed for the reason already reported. Notes the time, and reports nothing. */
void outage_note_failure(struct outage *o);

/* The same as outage_fail, and reports it again if the last message about this outage is
 * OUTAGE_AGAIN old. */
void outage_fail_again(struct outage *o, int64_t now, const char *what, const char *where, const char *why);

/* The other side has taken nothing, or not answered, since `since`; the sink still waits for it.
 * Reports it like outage_fail, and counts no failure. */
void outage_stall(struct outage *o, int64_t since, const char *what, const char *where, const char *why);

/* A batch has been delivered, and the queue knows it. Reports `WHERE is back after 12.3s: 12 lines
 * follow` if there was an outage, or `WHERE takes over …` if it was another side's. */
void outage_end(struct outage *o, int64_t now, const char *where);

#endif
