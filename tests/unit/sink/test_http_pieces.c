/* http_pieces: the search for bad points, against a server that is modelled. */
#include "sink/http_pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

enum { LONGEST = 256 };

/* Points are numbers, one a line. */
struct model {
    struct queue queue;
    struct http_pieces pieces;
    bool (*is_bad)(unsigned point);
    enum http_verdict verdict; /* of a batch with a bad point */
    int width;                 /* of a point, with leading zeros */
    unsigned broken;           /* this many requests are answered by `outage`, whatever is in them */
    enum http_verdict outage;
    bool judges_each;
    unsigned refused[4096], refused_count, kept_too_long, requests, pauses;
    uint64_t asked[4096]; /* whose words were asked for, before each refusal */
    unsigned char items[4096];
};

static struct model model;

static void refused(void *self, const char *why, struct span point)
{
    struct model *m = self;
    m->kept_too_long += strcmp(why, "kept for too long") == 0;
    m->refused[m->refused_count++] = (unsigned)strtoul(point.text, NULL, 10);
}

static void note_nothing(void *self, const struct queue_interval *i)
{
    (void)self;
    (void)i;
}

static void note_no_drop(void *self, const struct batch *b)
{
    (void)self;
    (void)b;
}

static void model_begin(bool (*is_bad)(unsigned), enum http_verdict verdict)
{
    static const struct queue_owner owner = { note_nothing, note_no_drop };
    memset(&model, 0, sizeof model);
    model.is_bad = is_bad;
    model.verdict = verdict;
    queue_init(&model.queue, &(struct queue_limits){ .bytes = 1 << 20, .batch_bytes = 1 << 16, .point_lines = 1 },
               &owner, &model);
    http_pieces_init(&model.pieces, &model.queue, refused, &model);
}

/* An interval of points from `first` to `last`. */
static void add(unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++)
        queue_added(&model.queue, (size_t)sprintf(queue_room(&model.queue, LONGEST), "%0*u\n", model.width, i));
    queue_end_interval(&model.queue, SPAN("17"), NULL, 0);
}

static const char *why(void *self, uint64_t index)
{
    (void)self;
    model.asked[model.refused_count] = index;
    return "bad";
}

static bool answer(struct batch *b)
{
    bool has_bad = false;
    for (uint64_t i = 0; i < b->points; i++) {
        bool is_bad = model.is_bad((unsigned)strtoul(batch_point(b, i).text, NULL, 10));
        model.items[i] = (unsigned char)(is_bad ? model.verdict : HTTP_DELIVERED);
        has_bad |= is_bad;
    }
    model.requests++;
    if (model.broken) {
        model.broken--;
        return http_pieces_answer(&model.pieces, b, model.outage, "broken");
    }
    if (model.judges_each)
        return http_pieces_items(&model.pieces, b, &(struct http_items){ model.items, why, NULL });
    return http_pieces_answer(&model.pieces, b, has_bad ? model.verdict : HTTP_DELIVERED, "bad");
}

/* Sends until nothing is left, or `most` requests. */
static void deliver(unsigned most)
{
    struct batch *b;
    while (most-- && (b = http_pieces_next(&model.pieces, 1)))
        model.pauses += answer(b);
}

static void ends(const char *what, uint64_t delivered, unsigned refused_count, unsigned most_requests)
{
    bool are_bad = true;
    for (unsigned i = 0; i < model.refused_count; i++)
        are_bad &= model.is_bad(model.refused[i]);
    const struct queue_counts *c = &model.queue.counts;
    if (!tap_ok(c->delivered == delivered && model.refused_count == refused_count && c->refused == refused_count &&
                    are_bad && model.requests <= most_requests,
                "%s", what))
        tap_note("%llu delivered, %llu and %u refused, %u requests", (unsigned long long)c->delivered,
                 (unsigned long long)c->refused, model.refused_count, model.requests);
    http_pieces_give_back(&model.pieces);
    queue_free(&model.queue);
}

static bool none(unsigned point)
{
    (void)point;
    return false;
}

static bool all(unsigned point)
{
    (void)point;
    return true;
}

static bool one(unsigned point)
{
    return point == 137;
}

static bool below_ten(unsigned point)
{
    return point < 10;
}

static bool up_to_fifty(unsigned point)
{
    return point <= 50;
}

static bool every_other(unsigned point)
{
    return point % 2;
}

int main(void)
{
    model_begin(none, HTTP_DATA);
    add(1, 500);
    deliver(10);
    ends("a batch that is accepted", 500, 0, 1);

    model_begin(one, HTTP_DATA);
    add(1, 500);
    deliver(100);
    tap_ok(model.pauses == 0, "no pause in a search that finds something");
    ends("one bad point among 500 is found in 2 log2 500 requests", 499, 1, 20);

    model_begin(below_ten, HTTP_TOO_LARGE);
    add(1, 500);
    deliver(1000);
    ends("points that are too large", 491, 9, 60);

    model_begin(every_other, HTTP_DATA);
    add(1, 500);
    deliver(5000);
    ends("every other point is bad", 250, 250, 1000);

    model_begin(all, HTTP_DATA);
    add(1, 4);
    deliver(200);
    tap_ok(model.pauses > 100 && model.queue.counts.refused == 0, "nothing is accepted: kept, with pauses");
    model.is_bad = none;
    deliver(10);
    ends("and delivered as soon as the server takes it", 4, 0, 220);

    model_begin(below_ten, HTTP_DATA);
    add(1, 1);
    deliver(10);
    tap_ok(model.queue.counts.refused == 0, "an interval of a bad point alone is kept");
    add(10, 20);
    deliver(10);
    ends("until the next passes", 11, 1, 20);

    model_begin(below_ten, HTTP_DATA);
    for (unsigned i = 1; i <= 3; i++)
        add(i, i);
    add(10, 20);
    deliver(50);
    ends("several such intervals stop nobody", 11, 3, 50);

    model_begin(one, HTTP_FAULT);
    add(100, 200);
    for (unsigned i = 1; i <= 50; i++)
        add(1000 + i, 1000 + i);
    deliver(200);
    ends("a point that makes the server fail is found while others pass", 150, 1, 200);

    model_begin(all, HTTP_FAULT);
    add(1, 50);
    deliver(100);
    tap_ok(model.queue.counts.refused == 0 && model.pauses == 100, "a server that fails at everything loses nothing");
    model.is_bad = none;
    deliver(10);
    ends("when it works again all is delivered", 50, 0, 200);

    model_begin(none, HTTP_DATA);
    model.broken = 40;
    model.outage = HTTP_CONFIGURATION;
    for (unsigned i = 1; i <= 10; i++)
        add(i, i);
    deliver(60);
    ends("a wrong token loses nothing", 10, 0, 60);

    model_begin(none, HTTP_DATA);
    model.broken = 40;
    model.outage = HTTP_AGAIN;
    add(1, 10);
    deliver(60);
    tap_ok(model.pauses == 40, "a pause after each failure");
    ends("nor does one that does not answer", 10, 0, 60);

    model_begin(none, HTTP_DATA);
    model.broken = 2;
    model.outage = HTTP_FAULT;
    add(1, 1);
    add(2, 2);
    deliver(3);
    model.broken = 60;
    add(3, 3);
    deliver(80);
    ends("an outage after one failure and one acceptance loses nothing", 3, 0, 80);

    model_begin(below_ten, HTTP_FAULT);
    model.judges_each = true;
    add(1, 20);
    deliver(30);
    tap_ok(model.queue.counts.refused == 0 && model.queue.counts.delivered == 11,
           "points that a server fails at are kept while nothing else passes");
    for (unsigned i = 1; i <= 10; i++)
        add(100 + i, 100 + i);
    deliver(300);
    ends("and refused when others do", 21, 9, 200);

    model_begin(below_ten, HTTP_KEPT);
    model.width = 200;
    model.queue.limits.bytes = 4000;
    model.queue.limits.batch_bytes = 512;
    for (unsigned i = 0; i < 10; i++) {
        add(i, i);
        add(100 + i, 100 + i);
        deliver(4);
    }
    tap_ok(model.refused_count == 6 && model.kept_too_long == 6 && model.queue.under_way_bytes <= 1206,
           "what is kept and fills a quarter of the buffer is refused");
    ends("and does not stop the others", 10, 6, 100);

    struct batch *b;
    bool within = true;
    model_begin(up_to_fifty, HTTP_DATA);
    model.width = 200;
    model.queue.limits.bytes = 40000;
    model.queue.limits.batch_bytes = 1024;
    for (unsigned i = 1; i <= 60; i++)
        add(i, i);
    while (!model.queue.counts.delivered && model.requests < 300 && (b = http_pieces_next(&model.pieces, 1))) {
        within &= model.queue.under_way_bytes <= 40000 / 4 + 1024;
        model.pauses += answer(b);
    }
    tap_ok(model.queue.counts.delivered && model.refused_count == 0 && within,
           "bad ones from the first on that fill a quarter of the buffer leave the next ones their turn");
    deliver(200);
    ends("and are refused when these pass", 10, 50, 300);

    model_begin(all, HTTP_CONFIGURATION);
    model.width = 200;
    model.queue.limits.bytes = 8000;
    model.queue.limits.batch_bytes = 512;
    for (unsigned i = 1; i <= 12; i++)
        add(i, i);
    deliver(100);
    tap_ok(model.queue.counts.refused == 0 && model.queue.counts.dropped == 0 && model.pauses == 100,
           "a wrong token goes round all of the buffer");
    model.is_bad = none;
    deliver(12);
    ends("and costs nothing", 12, 0, 112);

    model_begin(below_ten, HTTP_DATA);
    model.judges_each = true;
    add(1, 500);
    deliver(10);
    ends("a server that judges each point refuses exactly the bad ones", 491, 9, 1);

    model_begin(below_ten, HTTP_KEPT);
    model.judges_each = true;
    add(1, 500);
    deliver(30);
    tap_ok(model.queue.counts.delivered == 491, "points that are kept don't hold up others");
    model.is_bad = none;
    deliver(5);
    ends("and are never refused", 500, 0, 40);

    model_begin(every_other, HTTP_AGAIN);
    model.judges_each = true;
    add(1, 500);
    deliver(1);
    b = model.queue.first;
    tap_ok(b && b->points == 250 && strncmp(b->bytes, "1\n3\n5\n7\n9\n11\n", 13) == 0,
           "points that are to come again do together, in their order");
    model.is_bad = none;
    deliver(400);
    ends("in one request", 500, 0, 2);

    model_begin(every_other, HTTP_KEPT);
    model.judges_each = true;
    add(1, 500);
    deliver(2);
    model.is_bad = none;
    deliver(400);
    ends("and so do points that are kept", 500, 0, 3);

    model_begin(none, HTTP_DATA);
    add(0, 199);
    b = http_pieces_next(&model.pieces, 1);
    for (unsigned i = 0; i < b->points; i++)
        model.items[i] = (unsigned char)(i % 7 == 3 ? HTTP_DATA : i % 3 ? HTTP_DELIVERED : HTTP_AGAIN);
    http_pieces_items(&model.pieces, b, &(struct http_items){ model.items, why, NULL });
    bool is_same = model.refused_count == 29;
    for (unsigned i = 0; i < model.refused_count; i++)
        is_same &= model.refused[i] == model.asked[i] && model.refused[i] == 7 * i + 3;
    tap_ok(is_same && model.pieces.queue->first->points == 57, "the words are those of the point that is refused");
    queue_free(&model.queue);
    return tap_done();
}
