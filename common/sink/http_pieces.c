#include "sink/http_pieces.h"

#include <stddef.h>

/* batch.flags: whether it was tried, and what `accepted` was when it was refused first or failed
 * last (fails_alone). */
enum { TRIED = 1, SEEN = 2, STAMP_SHIFT = 2 };

/* The part of --buffer that the pieces may take. */
enum { PART_HELD = 4 };

void http_pieces_init(struct http_pieces *p, struct queue *q, void (*refused)(void *, const char *, struct span),
                      void *self)
{
    *p = (struct http_pieces){ .queue = q, .refused = refused, .self = self };
}

/* --- the list --------------------------------------------------------------------------------- */

static void push_front(struct http_pieces *p, struct batch *b)
{
    b->flags &= ~(unsigned)TRIED;
    b->next = p->first;
    p->first = b;
    if (!p->last)
        p->last = b;
}

static void push_back(struct http_pieces *p, struct batch *b)
{
    b->flags |= TRIED;
    b->next = NULL;
    *(p->first ? &p->last->next : &p->first) = b;
    p->last = b;
}

static struct batch *pop(struct http_pieces *p)
{
    struct batch *b = p->first;
    p->first = b->next;
    if (!p->first)
        p->last = NULL;
    b->next = NULL;
    return b;
}

static struct batch *resend(struct http_pieces *p)
{
    struct batch *b = pop(p);
    queue_resent(p->queue, b);
    return b;
}

/* --- the search ------------------------------------------------------------------------------- */

static unsigned stamp_of(const struct http_pieces *p)
{
    return p->accepted << STAMP_SHIFT | SEEN;
}

static void note_refusal(const struct http_pieces *p, struct batch *b)
{
    if (!(b->flags & SEEN))
        b->flags = stamp_of(p);
}

/* True if the server has accepted anything since the batch, or the one it was split from,
 * failed. */
static bool others_pass(const struct http_pieces *p, const struct batch *b)
{
    return (b->flags & ~(unsigned)TRIED) != (stamp_of(p) & ~(unsigned)TRIED);
}

/* Counts a failure if something was accepted since the last one. In an outage everything fails,
 * so a failure then says nothing about the batch. */
static bool fails_alone(const struct http_pieces *p, struct batch *b)
{
    if (!others_pass(p, b))
        return false;
    b->flags = stamp_of(p);
    return ++b->failures >= HTTP_FAULTS;
}

/* Returns a point's text, without its last LF, and leaves where the next one begins in *at. */
static struct span next_point(const struct batch *b, size_t *at)
{
    struct span text = batch_point_at(b, *at);
    *at += text.length;
    return (struct span){ text.text, text.length - 1 };
}

static void refuse(struct http_pieces *p, struct batch *b, const char *why)
{
    size_t at = 0;
    for (uint64_t i = 0; i < b->points; i++)
        p->refused(p->self, why, next_point(b, &at));
    queue_refused(p->queue, b);
}

static void halve(struct http_pieces *p, struct batch *b)
{
    struct batch *rest = queue_split(p->queue, b, b->points / 2);
    rest->flags = b->flags;
    rest->failures = rest->points > 1 ? b->failures : 0;
    b->failures = b->points > 1 ? b->failures : 0;
    push_front(p, rest);
    push_front(p, b);
}

/* Handles a failure that the data may have caused: halves the batch, or refuses its only point if
 * others pass. True if sending more is in vain for now. */
static bool search(struct http_pieces *p, struct batch *b, const char *why)
{
    bool passes = others_pass(p, b);
    p->in_vain++;
    if (b->points > 1) {
        halve(p, b);
        return !passes && p->in_vain >= HTTP_IN_VAIN;
    }
    if (passes) {
        refuse(p, b, why);
        return false;
    }
    push_back(p, b);
    return p->in_vain >= HTTP_IN_VAIN || p->first->flags & TRIED;
}

static bool keep(struct http_pieces *p, struct batch *b)
{
    push_back(p, b);
    return true;
}

/* A batch of the queue: the oldest, but once pieces were put aside, one that was never tried, or
 * else the one after those that were tried last. */
static struct batch *take_new(struct http_pieces *p, int64_t now)
{
    struct batch *b = p->puts_aside ? queue_take_from(p->queue, p->fresh, now) : NULL;
    if (b || queue_due(p->queue) > now)
        return b;
    b = queue_take_from(p->queue, p->from, now);
    if (!b)
        b = queue_take(p->queue, now);
    if (b)
        p->tried = b->number;
    return b;
}

/* True if there are too many pieces for one more batch. */
static void make_room(struct http_pieces *p)
{
    if (p->first->flags & TRIED && others_pass(p, p->first)) {
        refuse(p, pop(p), "kept for too long");
    } else if (p->is_new_turn) {
        http_pieces_give_back(p);
        p->puts_aside = true;
        p->from = p->tried + 1;
    }
}

struct batch *http_pieces_next(struct http_pieces *p, int64_t now)
{
    bool is_slow = p->in_vain >= HTTP_IN_VAIN && p->is_new_turn;
    struct batch *b = NULL;
    if (p->first && !(p->first->flags & TRIED) && !is_slow)
        return resend(p);
    if (p->first && queue_under_way(p->queue) > p->queue->limits.bytes / PART_HELD)
        make_room(p);
    if (!p->first || p->is_new_turn)
        b = take_new(p, now);
    if (b && b->number >= p->fresh)
        p->fresh = b->number + 1;
    p->is_new_turn = !b;
    return b || !p->first ? b : resend(p);
}

static void accept(struct http_pieces *p)
{
    p->accepted++;
    p->in_vain = 0;
    p->from = 0;
    p->puts_aside = false;
}

bool http_pieces_answer(struct http_pieces *p, struct batch *b, enum http_verdict verdict, const char *why)
{
    if (verdict == HTTP_DELIVERED) {
        accept(p);
        queue_delivered(p->queue, b);
        return false;
    }
    if (verdict == HTTP_AGAIN) {
        queue_again(p->queue, b);
        return true;
    }
    note_refusal(p, b);
    if (verdict == HTTP_DATA || verdict == HTTP_TOO_LARGE)
        return search(p, b, why);
    if (verdict == HTTP_KEPT || !fails_alone(p, b))
        return keep(p, b);
    if (b->points == 1)
        refuse(p, b, why);
    else
        halve(p, b);
    return true;
}

/* --- points that are judged one by one -------------------------------------------------------- */

static void refuse_items(struct http_pieces *p, struct batch *b, enum http_verdict verdict,
                         const struct http_items *items)
{
    uint64_t left = b->points;
    size_t at = 0;
    for (uint64_t i = 0; left; i++)
        if (items->verdicts[i] == verdict) {
            p->refused(p->self, items->why(items->self, i), next_point(b, &at));
            left--;
        }
    queue_refused(p->queue, b);
}

/* Gives all points the same verdict. */
static bool take_part(struct http_pieces *p, struct batch *b, enum http_verdict verdict, const struct http_items *items)
{
    if (verdict == HTTP_DELIVERED) {
        queue_delivered(p->queue, b);
        return false;
    }
    if (verdict == HTTP_AGAIN) {
        queue_again(p->queue, b);
        return true;
    }
    bool is_bad = verdict == HTTP_DATA ? others_pass(p, b) : verdict != HTTP_KEPT && fails_alone(p, b);
    if (!is_bad)
        return keep(p, b);
    refuse_items(p, b, verdict, items);
    return false;
}

bool http_pieces_items(struct http_pieces *p, struct batch *b, const struct http_items *items)
{
    struct batch *parts[HTTP_VERDICTS];
    bool waits = false;
    note_refusal(p, b);
    queue_divide(p->queue, b, items->verdicts, parts, HTTP_VERDICTS);
    if (parts[HTTP_DELIVERED])
        accept(p);
    else
        p->in_vain++;
    for (unsigned verdict = 0; verdict < HTTP_VERDICTS; verdict++)
        if (parts[verdict])
            waits |= take_part(p, parts[verdict], verdict, items);
    return waits;
}

void http_pieces_give_back(struct http_pieces *p)
{
    while (p->first)
        queue_again(p->queue, pop(p));
}
