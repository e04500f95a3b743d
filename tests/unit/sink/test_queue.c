/* queue: batches and intervals, step by step and in random steps, with a transport that fails by
 * chance. */
#include "sink/queue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "sink/figures.h"
#include "tap.h"

/* --- the owner -------------------------------------------------------------------------------- */

struct owner {
    struct queue queue;
    char done[4096]; /* the times of done intervals, each followed by a blank */
    size_t done_length;
    unsigned given_back; /* dropped batches that told something */
};

static void note_done(void *self, const struct queue_interval *i)
{
    struct owner *o = self;
    if (o->queue.is_broken || o->done_length + i->time_length + 1 > sizeof o->done)
        return;
    memcpy(o->done + o->done_length, i->time_text, i->time_length);
    o->done_length += i->time_length;
    o->done[o->done_length++] = ' ';
}

static void note_dropped(void *self, const struct batch *b)
{
    struct owner *o = self;
    o->given_back += b->told != NULL;
}

static void begin(struct owner *o, struct queue_limits limits)
{
    static const struct queue_owner owner = { note_done, note_dropped };
    *o = (struct owner){ .done_length = 0 };
    limits.point_lines = limits.point_lines ? limits.point_lines : 1;
    queue_init(&o->queue, &limits, &owner, o);
}

static bool has_done(const struct owner *o, const char *expected)
{
    return o->done_length == strlen(expected) && memcmp(o->done, expected, o->done_length) == 0;
}

static void add(struct queue *q, const char *point)
{
    size_t length = strlen(point);
    memcpy(queue_room(q, length), point, length);
    queue_added(q, length);
}

static void end_interval(struct queue *q, const char *time)
{
    queue_end_interval(q, (struct span){ time, strlen(time) }, NULL, 0);
}

static bool holds(const struct batch *b, const char *expected)
{
    return b && b->length == strlen(expected) && memcmp(b->bytes, expected, b->length) == 0;
}

enum { LARGE = 1 << 20 };

/* --- batches ---------------------------------------------------------------------------------- */

static void test_batches(void)
{
    struct owner o;
    struct queue *q = &o.queue;
    begin(&o, (struct queue_limits){ .bytes = LARGE, .batch_bytes = 8 });
    add(q, "aaa\n");
    tap_ok(!queue_take(q, 0) && queue_due(q) == INT64_MAX, "an open batch is not taken");
    add(q, "bbb\n");
    add(q, "ccc\n");
    struct batch *first = queue_take(q, 0);
    tap_ok(holds(first, "aaa\nbbb\n") && first->points == 2, "a full one is, before its interval ends");
    tap_ok(!queue_take(q, 0), "the rest waits for more");
    end_interval(q, "10");
    add(q, "ddd\n");
    struct batch *second = queue_take(q, 0);
    tap_ok(holds(second, "ccc\n") && second->ends_interval,
           "or for the end of its interval; no other's points are in it");
    tap_ok(!queue_take(q, 0) && queue_points(q) == 4 && queue_bytes(q) == 16, "what is under way still counts");
    queue_release(q);
    struct batch *third = queue_take(q, 0);
    tap_ok(holds(third, "ddd\n") && !third->ends_interval, "a released one is taken as it is");
    queue_again(q, second);
    queue_again(q, first);
    tap_ok(q->counts.resent == 0, "nothing is sent again yet");
    first = queue_take(q, 0);
    second = queue_take(q, 0);
    tap_ok(holds(first, "aaa\nbbb\n") && holds(second, "ccc\n"), "what is sent again keeps its order");
    tap_ok(q->counts.resent == 3 && first->attempts == 2, "and is counted");
    queue_again(q, first);
    queue_again(q, second);
    tap_ok(!queue_take_from(q, third->number, 0) && queue_take_from(q, second->number, 0) == second &&
               queue_take_from(q, 0, 0) == first,
           "those before a number can be passed over");
    queue_delivered(q, third);
    queue_delivered(q, second);
    tap_ok(has_done(&o, ""), "an interval is not done before each of its batches is");
    queue_unconfirmed(q, first);
    tap_ok(has_done(&o, "10 "), "then it is");
    tap_ok(q->counts.delivered == 4 && q->counts.unconfirmed == 2 && queue_points(q) == 0 && queue_bytes(q) == 0,
           "unconfirmed points count as delivered");
    queue_free(q);
}

/* Each takes less than a millisecond. */
static void test_rate_of_small_batches(void)
{
    struct owner o;
    struct queue *q = &o.queue;
    int64_t now = 1000;
    begin(&o, (struct queue_limits){ .bytes = LARGE, .batch_bytes = 1000, .rate = 3000 });
    for (int i = 0; i < 3000; i++) {
        add(q, "a\n");
        end_interval(q, "1");
        now = queue_due(q) > now ? queue_due(q) : now;
        queue_delivered(q, queue_take(q, now));
    }
    tap_ok(now >= 1998 && now <= 2000, "with a rate, many batches of one point take their time too");
    queue_free(q);
}

static void test_limits(void)
{
    struct owner o;
    struct queue *q = &o.queue;
    struct batch *b;
    begin(&o, (struct queue_limits){ .bytes = LARGE, .batch_bytes = 100, .batch_points = 2 });
    add(q, "a\n");
    add(q, "b\n");
    add(q, "c\n");
    b = queue_take(q, 0);
    tap_ok(holds(b, "a\nb\n"), "a batch has at most so many points");
    queue_delivered(q, b);
    add(q, "d\n");
    queue_end_interval(q, SPAN("1"), xcalloc(1, sizeof(struct queue_told)), 0);
    b = queue_take(q, 0);
    tap_ok(holds(b, "c\nd\n") && b->told && b->ends_interval,
           "one that its interval's last point fills has what is told");
    queue_delivered(q, b);
    add(q, "e\n");
    queue_room_for(q, 4, 2);
    b = queue_take(q, 0);
    tap_ok(holds(b, "e\n"), "points that belong together begin a batch");
    queue_delivered(q, b);
    queue_free(q);
    begin(&o, (struct queue_limits){ .bytes = LARGE, .batch_bytes = 4 });
    add(q, "longer than a batch\n");
    add(q, "b\n");
    b = queue_take(q, 0);
    tap_ok(holds(b, "longer than a batch\n"), "a point that is longer than a batch is one of its own");
    queue_delivered(q, b);
    queue_free(q);
    begin(&o, (struct queue_limits){ .bytes = LARGE, .batch_bytes = 4, .rate = 10 });
    add(q, "a\n");
    add(q, "b\n");
    add(q, "c\n");
    add(q, "d\n");
    add(q, "e\n");
    b = queue_take(q, 1000);
    tap_ok(holds(b, "a\nb\n") && !queue_take(q, 1199) && queue_due(q) == 1200, "with a rate the next one waits");
    queue_delivered(q, b);
    b = queue_take(q, 1200);
    tap_ok(holds(b, "c\nd\n"), "as long as its points take");
    queue_delivered(q, b);
    queue_free(q);
    test_rate_of_small_batches();
}

static void test_split(void)
{
    struct owner o;
    struct queue *q = &o.queue;
    begin(&o, (struct queue_limits){ .bytes = LARGE, .batch_bytes = 1000, .point_lines = 2 });
    add(q, "a1\na2\n");
    add(q, "b1\nb2\n");
    add(q, "c1\nc2\n");
    end_interval(q, "10");
    struct batch *b = queue_take(q, 0);
    b->failures = 7;
    tap_ok(batch_offset(b, 0) == 0 && batch_offset(b, 2) == 12 && batch_offset(b, 3) == b->length &&
               span_is(batch_point(b, 1), "b1\nb2\n"),
           "points are found by their lines");
    struct batch *rest = queue_split(q, b, 1);
    tap_ok(holds(b, "a1\na2\n") && b->points == 1 && !b->ends_interval, "a batch keeps what is before the split");
    tap_ok(holds(rest, "b1\nb2\nc1\nc2\n") && rest->points == 2 && rest->ends_interval && rest->failures == 7,
           "the rest is another");
    tap_ok(b->capacity == b->length && rest->capacity == rest->length, "neither has memory for the other");
    queue_delivered(q, rest);
    tap_ok(has_done(&o, ""), "both belong to the interval");
    queue_refused(q, b);
    tap_ok(has_done(&o, "10 ") && q->counts.refused == 1 && q->counts.delivered == 2, "a refused one is done too");
    tap_ok(queue_bytes(q) == 0 && q->closed_cost == 0, "nothing is left");
    queue_free(q);
}

static void test_divide(void)
{
    struct owner o;
    struct queue *q = &o.queue;
    struct batch *parts[4];
    begin(&o, (struct queue_limits){ .bytes = LARGE, .batch_bytes = 100, .point_lines = 2 });
    for (char point[] = "a1\na2\n"; *point < 'g'; point[0]++, point[3]++)
        add(q, point);
    end_interval(q, "10");
    struct batch *b = queue_take(q, 0);
    b->failures = 7;
    queue_divide(q, b, (const unsigned char[]){ 1, 3, 1, 0, 3, 1 }, parts, 4);
    tap_ok(parts[1] == b && holds(b, "a1\na2\nc1\nc2\nf1\nf2\n") && b->points == 3 && b->ends_interval,
           "a divided batch is the part with its last point");
    tap_ok(holds(parts[3], "b1\nb2\ne1\ne2\n") && parts[3]->points == 2 && parts[3]->failures == 7 &&
               !parts[3]->ends_interval && holds(parts[0], "d1\nd2\n") && parts[0]->points == 1 && !parts[2],
           "the other kinds are the other parts");
    tap_ok(b->capacity == b->length && parts[0]->capacity == parts[0]->length, "none has memory for the others");
    tap_ok(queue_under_way(q) == 36 && queue_bytes(q) == 36, "all of them are under way");
    queue_delivered(q, b);
    queue_again(q, parts[3]);
    queue_refused(q, parts[0]);
    tap_ok(has_done(&o, "") && queue_under_way(q) == 0 && q->counts.refused == 1, "all belong to the interval");
    b = queue_take(q, 0);
    queue_divide(q, b, (const unsigned char[]){ 2, 2 }, parts, 4);
    tap_ok(parts[2] == b && b->points == 2 && !parts[0] && !parts[1] && !parts[3], "points of one kind stay a batch");
    queue_delivered(q, b);
    tap_ok(has_done(&o, "10 ") && q->counts.delivered == 5 && q->closed_cost == 0, "nothing is left");
    queue_free(q);
}

/* --- intervals -------------------------------------------------------------------------------- */

static void test_intervals(void)
{
    struct owner o;
    struct queue *q = &o.queue;
    begin(&o, (struct queue_limits){ .bytes = LARGE, .batch_bytes = 100 });
    end_interval(q, "10");
    tap_ok(has_done(&o, "10 "), "an empty interval is done at once");
    add(q, "a\n");
    end_interval(q, "20");
    end_interval(q, "30");
    add(q, "b\n");
    end_interval(q, "40");
    struct batch *first = queue_take(q, 0), *second = queue_take(q, 0);
    queue_delivered(q, second);
    tap_ok(has_done(&o, "10 "), "but not before those ahead of it");
    queue_delivered(q, first);
    tap_ok(has_done(&o, "10 20 30 40 "), "which bring it along");
    queue_free(q);
}

/* Room for three batches of one point, but for the open one. */
static void begin_small(struct owner *o, bool keeps)
{
    struct queue *q = &o->queue;
    begin(o, (struct queue_limits){ .bytes = LARGE, .batch_bytes = 10, .keeps = keeps });
    add(q, "aaaaaaaa\n");
    end_interval(q, "10");
    q->limits.bytes = 3 * q->closed_cost + q->limits.batch_bytes;
}

static void test_dropping(void)
{
    struct owner o;
    struct queue *q = &o.queue;
    begin_small(&o, false);
    add(q, "bbbbbbbb\n");
    queue_end_interval(q, SPAN("20"), xcalloc(1, sizeof(struct queue_told)), 0);
    add(q, "cccccccc\n");
    end_interval(q, "30");
    tap_ok(q->counts.dropped == 0, "what fits is kept");
    struct batch *first = queue_take(q, 0);
    add(q, "dddddddd\n");
    end_interval(q, "40");
    tap_ok(q->counts.dropped == 1 && o.given_back == 1, "the oldest one that is not under way goes, with what it told");
    queue_delivered(q, first);
    struct batch *third = queue_take(q, 0), *fourth = queue_take(q, 0);
    tap_ok(holds(third, "cccccccc\n") && holds(fourth, "dddddddd\n"), "the newest are kept");
    queue_delivered(q, third);
    queue_delivered(q, fourth);
    end_interval(q, "50");
    tap_ok(has_done(&o, "10 "), "after a dropped one, no interval is done");
    queue_free(q);
    begin_small(&o, false);
    end_interval(q, "15");
    first = queue_take(q, 0);
    q->limits.bytes = q->limits.batch_bytes;
    add(q, "bbbbbbbb\n");
    end_interval(q, "20");
    tap_ok(q->counts.dropped == 1 && !queue_take(q, 0), "with everything under way, the newest one goes");
    queue_delivered(q, first);
    queue_free(q);
    begin_small(&o, true);
    tap_ok(!queue_is_full(q), "there is room");
    for (int i = 0; i < 4; i++) {
        add(q, "bbbbbbbb\n");
        end_interval(q, "20");
    }
    tap_ok(queue_is_full(q) && q->counts.dropped == 0 && queue_points(q) == 5,
           "a queue that keeps only says that it is full");
    queue_free(q);
}

/* --- in random steps -------------------------------------------------------------------------- */

enum { LIMIT = 4096, BATCH = 200, STEPS = 200000, WAY = 8 };

static uint64_t seed = 1;

static unsigned dice(unsigned sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % sides);
}

/* Point n is its number and some filler. */
static size_t make_point(char *to, unsigned n)
{
    size_t length = (size_t)sprintf(to, "%u.", n);
    for (unsigned filling = n * 7 % 40; filling; filling--)
        to[length++] = 'x';
    to[length++] = '\n';
    return length;
}

/* The other side: each point is to come whole, and no point twice unless it was sent again. */
struct other {
    struct batch *way[WAY];
    unsigned count;
    bool torn, falling;
    unsigned last; /* of the points of fresh batches */
};

static void look_at(struct other *r, const struct batch *b)
{
    char point[128];
    const char *from = b->bytes, *end = b->bytes + b->length;
    for (uint64_t i = 0; i < b->points; i++) {
        unsigned n = (unsigned)strtoul(from, NULL, 10);
        size_t length = make_point(point, n);
        r->torn |= (size_t)(end - from) < length || memcmp(from, point, length) != 0;
        r->falling |= b->attempts == 1 && n <= r->last;
        r->last = b->attempts == 1 ? n : r->last;
        from += length;
    }
    r->torn |= from != end;
}

static void settle_one(struct queue *q, struct other *r)
{
    unsigned which = dice(r->count);
    struct batch *b = r->way[which];
    r->way[which] = r->way[--r->count];
    if (b->points > 1 && dice(8) == 0)
        queue_delivered(q, queue_split(q, b, 1 + dice((unsigned)b->points - 1)));
    switch (dice(4)) {
    case 0: queue_again(q, b); break;
    case 1: queue_unconfirmed(q, b); break;
    case 2: queue_refused(q, b); break;
    default: queue_delivered(q, b);
    }
}

/* A connection that fails gives back all that it has carried, the first one first. */
static void test_many_again(void)
{
    enum { MANY = 60000 };
    static struct batch *under_way[MANY];
    struct owner o;
    struct queue *q = &o.queue;
    bool is_in_order = true;
    begin(&o, (struct queue_limits){ .bytes = SIZE_MAX, .batch_bytes = 64, .batch_points = 1 });
    for (size_t i = 0; i < MANY; i++)
        add(q, "a\n");
    end_interval(q, "1");
    for (size_t i = 0; i < MANY; i++)
        under_way[i] = queue_take(q, 0);
    clock_t began = clock();
    for (size_t i = 0; i < MANY; i++)
        queue_again(q, under_way[i]);
    tap_ok(clock() - began < CLOCKS_PER_SEC / 2, "many batches return to the queue at once");
    for (size_t i = 0; i < MANY; i++) {
        struct batch *b = queue_take(q, 0);
        is_in_order &= b == under_way[i];
        queue_delivered(q, b);
    }
    tap_ok(is_in_order && !queue_points(q), "in their order");
    queue_free(q);
}

static void test_random(void)
{
    struct owner o;
    struct queue *q = &o.queue;
    struct other r = { .count = 0 };
    struct batch *b;
    unsigned points = 0;
    size_t most = 0;
    begin(&o, (struct queue_limits){ .bytes = LIMIT, .batch_bytes = BATCH });
    for (int step = 0; step < STEPS; step++) {
        switch (dice(12)) {
        case 0: end_interval(q, "1"); break;
        case 1: queue_release(q); break;
        case 2:
        case 3:
            if (r.count < WAY && (b = queue_take(q, 0))) {
                look_at(&r, b);
                r.way[r.count++] = b;
            }
            break;
        case 4:
            if (r.count)
                settle_one(q, &r);
            break;
        default: points++; queue_added(q, make_point(queue_room(q, 64), points));
        }
        most = q->closed_cost + q->length > most ? q->closed_cost + q->length : most;
    }
    const struct queue_counts *c = &q->counts;
    tap_ok(!r.torn, "no point is ever torn");
    tap_ok(!r.falling, "batches keep their order");
    tap_ok(c->added == points && c->added == c->delivered + c->refused + c->dropped + queue_points(q),
           "the books are even");
    tap_ok(c->dropped > 1000 && c->delivered > 1000 && c->resent > 1000, "%llu dropped, %llu delivered, %llu resent",
           (unsigned long long)c->dropped, (unsigned long long)c->delivered, (unsigned long long)c->resent);
    tap_ok(most <= LIMIT + BATCH, "at most %zu bytes were kept", most);
    while (r.count)
        queue_again(q, r.way[--r.count]);
    queue_free(q);
}

int main(void)
{
    test_batches();
    test_many_again();
    test_limits();
    test_split();
    test_divide();
    test_intervals();
    test_dropping();
    test_random();
    return tap_done();
}
