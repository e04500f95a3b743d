/* queue: a queue of lines, against a slow and simple one, in random steps. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sink/queue.h"
#include "tap.h"

enum { LIMIT = 200, STEPS = 200000 };

static uint64_t seed = 1;

static unsigned dice(unsigned sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % sides);
}

/* Line n is its number and some filler. */
static size_t make_line(char *to, unsigned n)
{
    size_t length = (size_t)sprintf(to, "%u.", n);
    for (unsigned filling = n * 7 % 40; filling; filling--)
        to[length++] = 'x';
    to[length++] = '\n';
    return length;
}

/* Reads what a connection has received: complete lines, ascending numbers. */
struct reader {
    char text[4096];
    size_t length;
    unsigned last; /* the number of the last complete line */
    bool torn, falling;
};

static void take(struct reader *r, struct span piece)
{
    for (size_t i = 0; i < piece.length; i++) {
        r->text[r->length++] = piece.text[i];
        if (piece.text[i] != '\n')
            continue;
        char line[128];
        unsigned n = (unsigned)strtoul(r->text, NULL, 10);
        size_t length = make_line(line, n);
        r->torn |= length != r->length || memcmp(line, r->text, length) != 0;
        r->falling |= n <= r->last;
        r->last = n;
        r->length = 0;
    }
}

static void test_random(void)
{
    struct queue q;
    struct reader r = { .length = 0 };
    unsigned lines = 0;
    size_t unacknowledged = 0, most = 0;
    queue_init(&q, LIMIT);
    for (int step = 0; step < STEPS; step++) {
        struct span ready = queue_ready(&q);
        switch (dice(8)) {
        case 0: queue_commit(&q); break;
        case 1: /* the connection breaks; the next one reads from the start of a line */
            queue_rewind(&q);
            r.length = 0;
            r.last = 0;
            unacknowledged = 0;
            break;
        case 2:
        case 3:
        case 4: queue_added(&q, make_line(queue_room(&q, 128), ++lines)); break;
        default:
            ready.length = ready.length ? dice((unsigned)ready.length + 1) : 0;
            take(&r, ready);
            unacknowledged = dice((unsigned)(unacknowledged + ready.length) + 1);
            queue_sent(&q, ready.length, unacknowledged);
        }
        most = q.end - q.start > most ? q.end - q.start : most;
    }
    tap_ok(!r.torn, "no line is ever torn");
    tap_ok(!r.falling, "lines keep their order");
    tap_ok(q.added == lines && q.added == q.delivered + q.dropped + queue_lines(&q), "the books are even");
    tap_ok(q.dropped > 1000 && q.delivered > 1000, "%llu dropped, %llu delivered", (unsigned long long)q.dropped,
           (unsigned long long)q.delivered);
    tap_ok(most <= LIMIT, "at most %zu bytes were kept", most);
    queue_free(&q);
}

static void add(struct queue *q, const char *line)
{
    size_t length = strlen(line);
    memcpy(queue_room(q, length), line, length);
    queue_added(q, length);
}

static void holds(const struct queue *q, const char *expected, const char *name)
{
    struct span ready = queue_ready(q);
    tap_ok(span_is(ready, expected), "%s", name);
}

static void test_policy(void)
{
    struct queue q;
    queue_init(&q, 12);
    add(&q, "aaa\n");
    holds(&q, "", "what is not committed may not be written");
    add(&q, "bbb\n");
    add(&q, "ccc\n");
    queue_commit(&q);
    queue_sent(&q, 2, 0);
    add(&q, "ddd\n");
    queue_commit(&q);
    holds(&q, "a\nccc\nddd\n", "a line half taken stays, the oldest one after it goes");
    tap_ok(queue_rewind(&q) == 2, "two bytes are to be sent again");
    holds(&q, "aaa\nccc\nddd\n", "from the beginning of the line");
    queue_sent(&q, 6, 3);
    queue_rewind(&q);
    holds(&q, "aaa\nccc\nddd\n", "a line not wholly acknowledged is kept");
    queue_sent(&q, 6, 2);
    queue_rewind(&q);
    holds(&q, "ccc\nddd\n", "one that is is forgotten");
    queue_sent(&q, 8, 8);
    add(&q, "eeeeeee\n");
    tap_ok(q.delivered == 3 && q.dropped == 1, "sent lines are removed first, and count as delivered");
    queue_commit(&q);
    add(&q, "longer than all\n");
    tap_ok(queue_lines(&q) == 0 && q.dropped == 3, "a line longer than the limit is dropped as well");
    queue_free(&q);
}

int main(void)
{
    test_policy();
    test_random();
    return tap_done();
}
