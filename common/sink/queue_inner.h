/* queue_inner: declarations that the two files of queue.h share. */
#ifndef SINK_QUEUE_INNER_H
#define SINK_QUEUE_INNER_H

#include "sink/queue.h"

/* What a batch is charged for, beyond its bytes. */
enum { QUEUE_OVERHEAD = sizeof(struct batch) + 16 };

static inline size_t queue_cost(const struct batch *b)
{
    return b->length + QUEUE_OVERHEAD;
}

/* Closes the open batch, which has points, and returns it; it is the last one that waits. */
struct batch *queue_close_open(struct queue *q);

/* Takes the batch that is linked here out of the list of those that wait. */
struct batch *queue_unlink(struct queue *q, struct batch **at);

/* The batch has left the queue for good: frees it, and reports the intervals that are done as a
 * result. */
void queue_finish(struct queue *q, struct batch *b);

#endif
