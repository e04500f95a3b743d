/* queue: batches on their way to the other side, at most `limit` bytes, and the intervals that they
 * belong to.
 *
 * Points are added to the open batch (queue_room, queue_added). It is closed when it is full, when
 * its interval ends, or, once queue_release has been called, when the transport takes it. A closed
 * batch waits until the transport takes it (queue_take). It is then under way until the transport
 * reports its result: queue_delivered, queue_unconfirmed, queue_refused or queue_again.
 *
 * When the queue is full, the oldest batch that is not under way is dropped, and its points are
 * counted. No point is ever torn.
 *
 * An interval is done when it has ended and each of its batches has been delivered or refused.
 * Intervals are done in the order of the input. An interval that has lost a batch is never done,
 * and neither are the intervals after it. */
#ifndef SINK_QUEUE_H
#define SINK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "sink/batch.h"

/* What has happened to points, since the program began. */
struct queue_counts {
    uint64_t added;
    uint64_t delivered;   /* unconfirmed ones included */
    uint64_t unconfirmed; /* taken as delivered: the other side's kernel has them and there was no answer */
    uint64_t refused;     /* by the other side, for good */
    uint64_t dropped;     /* because the queue was full */
    uint64_t resent;      /* taken by the transport again; each time counts */
};

struct queue_interval {
    struct queue_interval *next;
    char time_text[64]; /* as in its rows */
    size_t time_length;
    uint64_t batches; /* neither delivered nor refused nor dropped */
    bool has_ended;
    bool is_spoiled; /* one of its batches was dropped */
    int64_t ended;   /* monotonic ms */
    size_t bytes;    /* of its batches */
};

/* Notifications to the owner. */
struct queue_owner {
    /* An interval is done, in the order of the input; even after a spoiled one (is_broken). */
    void (*done)(void *self, const struct queue_interval *i);
    /* A batch is dropped, so the figures in it will not arrive. */
    void (*dropped)(void *self, const struct batch *b);
};

struct queue_limits {
    bool keeps;            /* drop nothing, even above the limit: the owner checks queue_is_full */
    size_t bytes;          /* of everything; SIZE_MAX: no limit */
    size_t batch_bytes;    /* of one batch; one point may be longer */
    uint64_t batch_points; /* of one batch; 0: no limit */
    uint64_t rate;         /* points a second that may be taken; 0: no limit */
    unsigned point_lines;  /* LFs of a point */
};

struct queue {
    struct queue_limits limits;
    const struct queue_owner *owner;
    void *self;
    char *room; /* the open batch: room[0..length) */
    size_t capacity, length;
    uint64_t points;             /* of the open batch */
    bool is_released;            /* the open batch may be taken as it is */
    struct batch *first, **last; /* closed, not under way; by number */
    struct batch *returned;      /* of these, the one that returned last, or NULL */
    struct queue_interval *oldest, *open;
    size_t closed_cost;     /* the cost of the closed batches, under way or not */
    size_t closed_bytes;    /* their bytes */
    size_t under_way_bytes; /* of those that are under way */
    uint64_t next_number;
    int64_t next_take; /* monotonic ms, for limits.rate */
    uint64_t owed;     /* what batches take beyond whole ms, in ms times limits.rate */
    struct queue_counts counts;
    char *spare;    /* a buffer for the next open batch, or NULL */
    bool is_broken; /* an interval was spoiled, and none after it is done */
};

void queue_init(struct queue *q, const struct queue_limits *limits, const struct queue_owner *owner, void *self);
void queue_free(struct queue *q);

/* --- adding ----------------------------------------------------------------------------------- */

/* Room for a point of at most size bytes; write it there, then call queue_added with what was
 * used. May close the open batch, and drop the oldest ones. */
char *queue_room(struct queue *q, size_t size);

/* The same for several points that belong together, of at most size bytes in all, as far as they
 * fit into one batch. */
char *queue_room_for(struct queue *q, size_t size, uint64_t points);

/* One point of size bytes has been written. */
void queue_added(struct queue *q, size_t size);

/* How many bytes of points can be written to queue_room at once, for queue_added_points. */
size_t queue_budget(const struct queue *q);
void queue_added_points(struct queue *q, size_t size, uint64_t points);

/* The open batch may be taken although its interval has not ended. */
void queue_release(struct queue *q);

/* Ends the open interval: closes its last batch, which gets `told` (of xmalloc, or NULL). time_text
 * is the interval's time as in its rows; now is monotonic ms. */
void queue_end_interval(struct queue *q, struct span time_text, struct queue_told *told, int64_t now);

/* The points of the open batch are taken elsewhere (--dry-run) and count as delivered. */
void queue_clear_open(struct queue *q);

/* True when adding more could drop something. */
bool queue_is_full(const struct queue *q);

/* --- the transport's side --------------------------------------------------------------------- */

/* Takes the oldest batch that waits; it is then under way, and the transport's until one of the
 * calls below. NULL: none waits, or --rate does not allow it before queue_due. now is monotonic
 * ms. */
struct batch *queue_take(struct queue *q, int64_t now);

/* The same, of those whose number is at least `from`. NULL also if none of these waits. */
struct batch *queue_take_from(struct queue *q, uint64_t from, int64_t now);

/* When queue_take returns a batch: a time in the past for `now`; INT64_MAX: none waits. */
int64_t queue_due(const struct queue *q);

/* The batch has been delivered. Frees it. */
void queue_delivered(struct queue *q, struct batch *b);

/* The other side's kernel has it, and there was no answer: it counts as delivered. Frees it. */
void queue_unconfirmed(struct queue *q, struct batch *b);

/* All of the batch is refused. Frees it. To refuse some of its points, queue_split it first. */
void queue_refused(struct queue *q, struct batch *b);

/* It is to be sent again: it returns to its place in the queue. */
void queue_again(struct queue *q, struct batch *b);

/* The transport sends a batch again that it has kept. */
void queue_resent(struct queue *q, const struct batch *b);

/* Splits a batch that is under way before point `index`, 0 < index < points: *b keeps the points
 * before it, and the rest is returned, under way too. */
struct batch *queue_split(struct queue *q, struct batch *b, uint64_t index);

/* Divides a batch that is under way, by the kind of each of its points, a number below `count`:
 * parts[k] becomes the batch of the points i with kinds[i] == k, in their order, under way too, or
 * NULL if there are none. *b itself is the part that has its last point. */
void queue_divide(struct queue *q, struct batch *b, const unsigned char *kinds, struct batch **parts, size_t count);

/* --- the books -------------------------------------------------------------------------------- */

/* Points added that are not delivered, refused or dropped; and their bytes. */
uint64_t queue_points(const struct queue *q);
size_t queue_bytes(const struct queue *q);

/* Bytes of the batches that are under way. */
static inline size_t queue_under_way(const struct queue *q)
{
    return q->under_way_bytes;
}

#endif
