#include "sink/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { FIRST_CAPACITY = 1 << 16 };

/* What a batch is charged for, beyond its bytes. */
enum { OVERHEAD = sizeof(struct batch) + 16 };

static void open_interval(struct queue *q)
{
    struct interval *i = xcalloc(1, sizeof *i);
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
    for (struct interval *i = q->oldest, *next; i; i = next) {
        next = i->next;
        free(i);
    }
    free(q->room);
    free(q->spare);
    *q = (struct queue){ .capacity = 0 };
}

/* --- intervals -------------------------------------------------------------------------------- */

/* Tells of the oldest intervals that are done. */
static void settle(struct queue *q)
{
    struct interval *i;
    while ((i = q->oldest)->has_ended && !i->batches) {
        q->is_broken |= i->is_spoiled;
        if (!i->is_spoiled)
            q->owner->done(q->self, i);
        q->oldest = i->next;
        free(i);
    }
}

/* --- batches ---------------------------------------------------------------------------------- */

static size_t cost(const struct batch *b)
{
    return b->length + OVERHEAD;
}

/* The batch has left the queue for good. */
static void finish(struct queue *q, struct batch *b)
{
    q->closed_cost -= cost(b);
    q->closed_bytes -= b->length;
    b->interval->batches--;
    settle(q);
    if (!q->spare && b->capacity == q->capacity) {
        q->spare = b->bytes;
        b->bytes = NULL;
    }
    free_batch(b);
}

static struct batch *unlink_first(struct queue *q)
{
    struct batch *b = q->first;
    q->first = b->next;
    if (!q->first)
        q->last = &q->first;
    b->next = NULL;
    return b;
}

static void drop_oldest(struct queue *q)
{
    struct batch *b = unlink_first(q);
    q->counts.dropped += b->points;
    b->interval->is_spoiled = true;
    q->owner->dropped(q->self, b);
    finish(q, b);
}

/* What closed batches may cost: the rest is for the open one. */
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

static struct batch *close_open(struct queue *q)
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
    q->closed_cost += cost(b);
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

char *queue_room(struct queue *q, size_t size)
{
    if (q->points && q->length + size > q->limits.batch_bytes) {
        close_open(q);
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
    if (q->limits.batch_points && q->points >= q->limits.batch_points) {
        close_open(q);
        drop_excess(q);
    }
}

void queue_release(struct queue *q)
{
    q->is_released = q->points > 0;
}

void queue_end_interval(struct queue *q, struct span time_text, struct queue_told *told, int64_t now)
{
    struct interval *i = q->open;
    size_t length = time_text.length < sizeof i->time_text ? time_text.length : sizeof i->time_text;
    if (q->points) {
        struct batch *b = close_open(q);
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
    return q->closed_cost + q->limits.batch_bytes + OVERHEAD > closed_limit(q);
}

/* --- the transport's side --------------------------------------------------------------------- */

/* Batches are paced by their points: the next one may go when the time of this one's is over. */
static void pace(struct queue *q, const struct batch *b, int64_t now)
{
    if (!q->limits.rate)
        return;
    int64_t from = q->next_take > now ? q->next_take : now;
    q->next_take = from + (int64_t)(b->points * 1000 / q->limits.rate);
}

struct batch *queue_take(struct queue *q, int64_t now)
{
    if (queue_due(q) > now)
        return NULL;
    if (!q->first)
        close_open(q);
    struct batch *b = unlink_first(q);
    q->under_way_bytes += b->length;
    if (b->attempts++)
        q->counts.resent += b->points;
    pace(q, b, now);
    return b;
}

int64_t queue_due(const struct queue *q)
{
    return q->first || q->is_released ? q->next_take : INT64_MAX;
}

static void end_way(struct queue *q, struct batch *b)
{
    q->under_way_bytes -= b->length;
    finish(q, b);
}

void queue_delivered(struct queue *q, struct batch *b)
{
    q->counts.delivered += b->points;
    end_way(q, b);
}

void queue_unconfirmed(struct queue *q, struct batch *b)
{
    q->counts.unconfirmed += b->points;
    queue_delivered(q, b);
}

void queue_refused(struct queue *q, struct batch *b)
{
    q->counts.refused += b->points;
    end_way(q, b);
}

void queue_again(struct queue *q, struct batch *b)
{
    struct batch **at = &q->first;
    while (*at && (*at)->number <= b->number)
        at = &(*at)->next;
    b->next = *at;
    *at = b;
    if (!b->next)
        q->last = &b->next;
    q->under_way_bytes -= b->length;
}

void queue_resent(struct queue *q, const struct batch *b)
{
    q->counts.resent += b->points;
}

struct batch *queue_split(struct queue *q, struct batch *b, uint64_t index)
{
    struct batch *rest = xmalloc(sizeof *rest);
    size_t at = batch_offset(b, index), length = b->length - at;
    *rest = *b;
    rest->next = NULL;
    rest->points -= index;
    rest->bytes = xmalloc(length);
    rest->length = rest->capacity = length;
    memcpy(rest->bytes, b->bytes + at, length);
    b->points = index;
    b->length = at;
    b->told = NULL;
    b->ends_interval = false;
    b->interval->batches++;
    q->closed_cost += OVERHEAD;
    return rest;
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
