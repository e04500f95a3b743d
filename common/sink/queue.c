#include "sink/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "sink/queue_inner.h"

enum { FIRST_CAPACITY = 1 << 16 };

static void open_interval(struct queue *q)
{
    struct queue_interval *i = xcalloc(1, sizeof *i);
    if (q->open)
        q->open->next = i;
    else
        q->oldest = i;
    q->open = i;
}

void queue_init(struct queue *q, const struct queue_limits *limits, const struct queue_owner *owner, void *self)
{
    *q = (struct queue){ .limits = *limits, .owner = owner, .self = self, .capacity = FIRST_CAPACITY };
    q->room = xmalloc(q->capacity);
    q->last = &q->first;
    open_interval(q);
}

static void free_batch(struct batch *b)
{
    free(b->told);
    free(b->bytes);
    free(b);
}

void queue_free(struct queue *q)
{
    for (struct batch *b = q->first, *next; b; b = next) {
        next = b->next;
        free_batch(b);
    }
    for (struct queue_interval *i = q->oldest, *next; i; i = next) {
        next = i->next;
        free(i);
    }
    free(q->room);
    free(q->spare);
    *q = (struct queue){ .capacity = 0 };
}

/* --- intervals -------------------------------------------------------------------------------- */

/* Reports the oldest intervals that are done. */
static void settle(struct queue *q)
{
    struct queue_interval *i;
    while ((i = q->oldest)->has_ended && !i->batches) {
        q->is_broken |= i->is_spoiled;
        if (!i->is_spoiled)
            q->owner->done(q->self, i);
        q->oldest = i->next;
        free(i);
    }
}

/* --- batches ---------------------------------------------------------------------------------- */

void queue_finish(struct queue *q, struct batch *b)
{
    q->closed_cost -= queue_cost(b);
    q->closed_bytes -= b->length;
    b->interval->batches--;
    settle(q);
    if (!q->spare && b->capacity == q->capacity) {
        q->spare = b->bytes;
        b->bytes = NULL;
    }
    free_batch(b);
}

struct batch *queue_unlink(struct queue *q, struct batch **at)
{
    struct batch *b = *at;
    *at = b->next;
    if (!*at)
        q->last = at;
    if (q->returned == b)
        q->returned = NULL;
    b->next = NULL;
    return b;
}

static void drop_oldest(struct queue *q)
{
    struct batch *b = queue_unlink(q, &q->first);
    q->counts.dropped += b->points;
    b->interval->is_spoiled = true;
    q->owner->dropped(q->self, b);
    queue_finish(q, b);
}

/* How many bytes closed batches may take: the rest is for the open one. */
static size_t closed_limit(const struct queue *q)
{
    const struct queue_limits *l = &q->limits;
    return l->bytes > l->batch_bytes ? l->bytes - l->batch_bytes : 0;
}

/* Hands the buffer of the open batch over to *b, or, if it is far too large, a copy. */
static void hand_over(struct queue *q, struct batch *b)
{
    b->length = q->length;
    if (q->length >= q->capacity / 2) {
        b->bytes = q->room;
        b->capacity = q->capacity;
        q->room = q->spare ? q->spare : xmalloc(q->capacity);
        q->spare = NULL;
    } else {
        b->bytes = xmalloc(q->length);
        b->capacity = q->length;
        memcpy(b->bytes, q->room, q->length);
    }
}

struct batch *queue_close_open(struct queue *q)
{
    struct batch *b = xcalloc(1, sizeof *b);
    hand_over(q, b);
    b->points = q->points;
    b->point_lines = q->limits.point_lines;
    b->number = q->next_number++;
    b->interval = q->open;
    q->open->batches++;
    q->open->bytes += b->length;
    q->length = 0;
    q->points = 0;
    q->is_released = false;
    *q->last = b;
    q->last = &b->next;
    q->closed_cost += queue_cost(b);
    q->closed_bytes += b->length;
    return b;
}

static void drop_excess(struct queue *q)
{
    while (!q->limits.keeps && q->closed_cost > closed_limit(q) && q->first)
        drop_oldest(q);
}

/* --- adding ----------------------------------------------------------------------------------- */

static void grow_room(struct queue *q, size_t size)
{
    while (q->capacity - q->length < size)
        q->capacity *= 2;
    q->room = xreallocarray(q->room, q->capacity, 1);
    free(q->spare);
    q->spare = NULL;
}

static bool fits(const struct queue *q, size_t size, uint64_t points)
{
    const struct queue_limits *l = &q->limits;
    return q->length + size <= l->batch_bytes && (!l->batch_points || q->points + points <= l->batch_points);
}

char *queue_room(struct queue *q, size_t size)
{
    return queue_room_for(q, size, 1);
}

char *queue_room_for(struct queue *q, size_t size, uint64_t points)
{
    if (q->points && !fits(q, size, points)) {
        queue_close_open(q);
        drop_excess(q);
    }
    if (q->capacity - q->length < size)
        grow_room(q, size);
    return q->room + q->length;
}

void queue_added(struct queue *q, size_t size)
{
    queue_added_points(q, size, 1);
}

static size_t less(size_t from, size_t what)
{
    return from > what ? from - what : 0;
}

size_t queue_budget(const struct queue *q)
{
    size_t budget = q->capacity - q->length, batch = less(q->limits.batch_bytes, q->length);
    return batch < budget ? batch : budget;
}

void queue_added_points(struct queue *q, size_t size, uint64_t points)
{
    q->length += size;
    q->points += points;
    q->counts.added += points;
}

void queue_release(struct queue *q)
{
    q->is_released = q->points > 0;
}

void queue_end_interval(struct queue *q, struct span time_text, struct queue_told *told, int64_t now)
{
    struct queue_interval *i = q->open;
    size_t length = time_text.length < sizeof i->time_text ? time_text.length : sizeof i->time_text;
    if (q->points) {
        struct batch *b = queue_close_open(q);
        b->ends_interval = true;
        b->told = told;
    } else {
        free(told);
    }
    memcpy(i->time_text, time_text.text, length);
    i->time_length = length;
    i->ended = now;
    i->has_ended = true;
    open_interval(q);
    drop_excess(q);
    settle(q);
}

void queue_clear_open(struct queue *q)
{
    q->counts.delivered += q->points;
    q->length = 0;
    q->points = 0;
}

bool queue_is_full(const struct queue *q)
{
    return q->closed_cost + q->limits.batch_bytes + QUEUE_OVERHEAD > closed_limit(q);
}

/* --- the books -------------------------------------------------------------------------------- */

uint64_t queue_points(const struct queue *q)
{
    const struct queue_counts *c = &q->counts;
    return c->added - c->delivered - c->refused - c->dropped;
}

size_t queue_bytes(const struct queue *q)
{
    return q->closed_bytes + q->length;
}
