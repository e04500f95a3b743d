#include "sink/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { FIRST_CAPACITY = 1 << 16 };

void queue_init(struct queue *q, size_t limit)
{
    *q = (struct queue){ .limit = limit, .capacity = FIRST_CAPACITY };
    q->bytes = xmalloc(q->capacity);
}

void queue_free(struct queue *q)
{
    free(q->bytes);
    q->bytes = NULL;
}

static void move_to_front(struct queue *q)
{
    memmove(q->bytes, q->bytes + q->start, q->end - q->start);
    q->committed -= q->start;
    q->end -= q->start;
    q->start = 0;
}

char *queue_room(struct queue *q, size_t size)
{
    if (q->capacity - q->end >= size)
        return q->bytes + q->end;
    /* Only where that frees a quarter, lest a full queue be moved for every line. */
    if (q->end - q->start + size <= q->capacity / 4 * 3) {
        move_to_front(q);
        return q->bytes + q->end;
    }
    while (q->capacity - q->end < size)
        q->capacity *= 2;
    q->bytes = xreallocarray(q->bytes, q->capacity, 1);
    return q->bytes + q->end;
}

/* In blocks of a size that compilers know, they count many bytes at a time. */
static uint64_t count_lines(const char *from, const char *end)
{
    enum { BLOCK = 128 };
    uint64_t count = 0;
    for (; end - from >= BLOCK; from += BLOCK) {
        unsigned char some = 0;
        for (int i = 0; i < BLOCK; i++)
            some = (unsigned char)(some + (from[i] == '\n'));
        count += some;
    }
    for (; from < end; from++)
        count += *from == '\n';
    return count;
}

/* Forgets the whole lines among the first n bytes, which were sent. */
static void forget(struct queue *q, size_t n)
{
    const char *from = q->bytes + q->start, *last = n ? memrchr(from, '\n', n) : NULL;
    if (!last)
        return;
    size_t size = (size_t)(last + 1 - from);
    bool all = q->start + size == q->end;
    q->delivered += all ? queue_lines(q) : count_lines(from, last + 1);
    q->start += size;
    q->sent -= size;
}

/* Takes the oldest line that was not sent at all out of the queue. False when there is none. */
static bool drop_oldest(struct queue *q)
{
    const char *first = q->bytes + q->start, *end = q->bytes + q->end, *line = first;
    if (q->sent)
        line = (const char *)memchr(first, '\n', q->end - q->start) + 1;
    if (line == end)
        return false;
    const char *next = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
    size_t kept = (size_t)(line - first), size = (size_t)(next - line);
    memmove(q->bytes + q->start + size, first, kept);
    q->start += size;
    if (q->committed < q->start + kept)
        q->committed = q->start + kept;
    q->dropped++;
    return true;
}

void queue_added(struct queue *q, size_t size)
{
    q->end += size;
    q->added++;
    if (q->end - q->start <= q->limit)
        return;
    forget(q, q->sent);
    while (q->end - q->start > q->limit && drop_oldest(q))
        ;
}

static size_t less(size_t from, size_t what)
{
    return from > what ? from - what : 0;
}

size_t queue_budget(const struct queue *q)
{
    size_t budget = q->capacity - q->end, limit = less(q->limit, q->end - q->start);
    size_t uncommitted = less(q->limit / 2, queue_uncommitted(q));
    budget = limit < budget ? limit : budget;
    return uncommitted < budget ? uncommitted : budget;
}

void queue_added_lines(struct queue *q, size_t size, uint64_t lines)
{
    q->end += size;
    q->added += lines;
}

void queue_commit(struct queue *q)
{
    q->committed = q->end;
}

size_t queue_uncommitted(const struct queue *q)
{
    return q->end - q->committed;
}

struct span queue_ready(const struct queue *q)
{
    size_t from = q->start + q->sent;
    return (struct span){ q->bytes + from, q->committed - from };
}

void queue_sent(struct queue *q, size_t n, size_t unacknowledged)
{
    q->sent += n;
    q->written += n;
    if (unacknowledged < q->sent)
        forget(q, q->sent - unacknowledged);
    if (q->start == q->end)
        q->start = q->committed = q->end = 0;
}

size_t queue_rewind(struct queue *q)
{
    size_t again = q->sent;
    q->sent = 0;
    return again;
}

uint64_t queue_lines(const struct queue *q)
{
    return q->added - q->delivered - q->dropped;
}
