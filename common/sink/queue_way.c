/* The part of the queue that the transport calls. */
#include <string.h>

#include "base/xalloc.h"
#include "sink/queue_inner.h"

/* For --rate: the next batch may go once the time that this one's points take is over. */
static void pace(struct queue *q, const struct batch *b, int64_t now)
{
    if (!q->limits.rate)
        return;
    int64_t from = q->next_take > now ? q->next_take : now;
    uint64_t owed = b->points * 1000 + q->owed;
    q->next_take = from + (int64_t)(owed / q->limits.rate);
    q->owed = owed % q->limits.rate;
}

/* The link to the first waiting batch with at least this number. */
static struct batch **find(struct queue *q, uint64_t from)
{
    struct batch **at = &q->first;
    while (*at && (*at)->number < from)
        at = &(*at)->next;
    return at;
}

struct batch *queue_take_from(struct queue *q, uint64_t from, int64_t now)
{
    if (queue_due(q) > now)
        return NULL;
    struct batch **at = find(q, from);
    if (!*at && q->is_released) {
        queue_close_open(q);
        at = find(q, from);
    }
    if (!*at)
        return NULL;
    struct batch *b = queue_unlink(q, at);
    q->under_way_bytes += b->length;
    if (b->attempts++)
        q->counts.resent += b->points;
    pace(q, b, now);
    return b;
}

struct batch *queue_take(struct queue *q, int64_t now)
{
    return queue_take_from(q, 0, now);
}

int64_t queue_due(const struct queue *q)
{
    return q->first || q->is_released ? q->next_take : INT64_MAX;
}

static void end_way(struct queue *q, struct batch *b)
{
    q->under_way_bytes -= b->length;
    queue_finish(q, b);
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
    /* The batches of a connection come back in order, so each goes after the one before. */
    bool is_after = q->returned && q->returned->number <= b->number;
    struct batch **at = is_after ? &q->returned->next : &q->first;
    while (*at && (*at)->number <= b->number)
        at = &(*at)->next;
    b->next = *at;
    *at = b;
    if (!b->next)
        q->last = &b->next;
    q->returned = b;
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
    b->length = b->capacity = at;
    b->bytes = xreallocarray(b->bytes, at, 1);
    b->told = NULL;
    b->ends_interval = false;
    b->interval->batches++;
    q->closed_cost += QUEUE_OVERHEAD;
    return rest;
}

static struct batch *new_part(struct queue *q, const struct batch *whole)
{
    struct batch *part = xmalloc(sizeof *part);
    *part = *whole;
    part->next = NULL;
    part->bytes = xmalloc(whole->length);
    part->length = 0;
    part->points = 0;
    part->told = NULL;
    part->ends_interval = false;
    part->interval->batches++;
    q->closed_cost += QUEUE_OVERHEAD;
    return part;
}

void queue_divide(struct queue *q, struct batch *b, const unsigned char *kinds, struct batch **parts, size_t count)
{
    const struct batch whole = *b;
    struct span point;
    for (size_t k = 0; k < count; k++)
        parts[k] = NULL;
    parts[kinds[whole.points - 1]] = b;
    b->length = 0;
    b->points = 0;
    for (size_t i = 0, at = 0; i < whole.points; i++, at += point.length) {
        struct batch **part = &parts[kinds[i]];
        point = batch_point_at(&whole, at);
        if (!*part)
            *part = new_part(q, &whole);
        memmove((*part)->bytes + (*part)->length, point.text, point.length);
        (*part)->length += point.length;
        (*part)->points++;
    }
    for (size_t k = 0; k < count; k++) {
        if (!parts[k] || parts[k]->length == whole.length)
            continue;
        parts[k]->capacity = parts[k]->length;
        parts[k]->bytes = xreallocarray(parts[k]->bytes, parts[k]->length, 1);
    }
}
