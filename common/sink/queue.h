/* queue: whole lines on their way to the other side, at most `limit` bytes.
 *
 * A line is added, then committed (from then on it may be written), then sent (a connection has
 * taken it), then forgotten (the other side's kernel has acknowledged it). When a connection
 * breaks, what it had not acknowledged is sent again on the next one, from the beginning of a line.
 *
 * What happens when it is full: a new line first pushes out lines that were sent and only wait for
 * their acknowledgement (they count as delivered), then the oldest line that was not sent, so that
 * the oldest flush goes first. Each of the latter is counted as dropped. A line that a connection
 * has taken half of stays. No line is ever torn. */
#ifndef SINK_QUEUE_H
#define SINK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct queue {
    char *bytes;
    size_t capacity, limit;
    size_t start;                       /* of the first line kept */
    size_t sent;                        /* of its bytes and those that follow, how many the connection has taken */
    size_t committed, end;              /* bytes[start..committed) may be written; up to end there is more */
    uint64_t added, delivered, dropped; /* lines */
    uint64_t written;                   /* bytes, those sent twice counted twice */
};

void queue_init(struct queue *q, size_t limit);
void queue_free(struct queue *q);

/* Room for a line of at most size bytes, its LF included; write it there, then queue_added what was
 * used. */
char *queue_room(struct queue *q, size_t size);
void queue_added(struct queue *q, size_t size);

/* How many bytes of lines can be written to queue_room at once, for queue_added_lines, without
 * dropping or committing anything. */
size_t queue_budget(const struct queue *q);
void queue_added_lines(struct queue *q, size_t size, uint64_t lines);

/* Lets everything added be written. */
void queue_commit(struct queue *q);

/* Bytes added but not committed. */
size_t queue_uncommitted(const struct queue *q);

/* What to write next; empty when everything committed has been sent. */
struct span queue_ready(const struct queue *q);

/* The connection has taken n bytes of queue_ready; of everything sent, all but the last
 * `unacknowledged` bytes have come to the other side: its whole lines are forgotten. */
void queue_sent(struct queue *q, size_t n, size_t unacknowledged);

/* The connection is gone: what it had not acknowledged is to be written again. Returns how many
 * bytes that were. */
size_t queue_rewind(struct queue *q);

/* Lines added that are neither delivered nor dropped. */
uint64_t queue_lines(const struct queue *q);

#endif
