/* tcp: several places, on a clock of the test's own, against listeners of its own. */
#include "sink/tcp.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/die.h"
#include "sink/tcp_link.h"
#include "tap.h"

/* --- the other side --------------------------------------------------------------------------- */

/* Listens on a port of the kernel's choice, or on *port. */
static int listen_at(unsigned *port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)*port) };
    socklen_t length = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 16) < 0)
        exit(1);
    getsockname(fd, (struct sockaddr *)&a, &length);
    *port = ntohs(a.sin_port);
    return fd;
}

enum { OPEN_MAX_HERE = 16 };
static int served[OPEN_MAX_HERE]; /* descriptors + 1; 0: none */

/* Accepts what is there, reads what has come, and answers where that has ended. Returns how many
 * connections have come, and adds the bytes that they brought to *bytes. */
static unsigned serve(int listener, size_t *bytes)
{
    unsigned count = 0;
    char piece[4096];
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        for (size_t i = 0; i < OPEN_MAX_HERE && fd >= 0; i++)
            if (!served[i]) {
                served[i] = fd + 1;
                fd = -1;
            }
        count++;
    }
    for (size_t i = 0; i < OPEN_MAX_HERE; i++) {
        ssize_t n = 1;
        while (served[i] && (n = recv(served[i] - 1, piece, sizeof piece, 0)) > 0)
            *bytes += (size_t)n;
        if (served[i] && n == 0) {
            close(served[i] - 1);
            served[i] = 0;
        }
    }
    return count;
}

/* --- our side --------------------------------------------------------------------------------- */

struct side {
    struct queue queue;
    struct outage outage;
    struct tcp tcp;
    int64_t now;
};

static void note_done(void *self, const struct queue_interval *i)
{
    (void)self;
    (void)i;
}

static void note_dropped(void *self, const struct batch *b)
{
    (void)self;
    (void)b;
}

static void begin(struct side *s, const struct net_target *places, size_t count)
{
    static const struct queue_owner owner = { note_done, note_dropped };
    const struct queue_limits limits = { .bytes = 1 << 20, .batch_bytes = 1 << 10, .point_lines = 1 };
    const struct tcp_options options = { places, count, false };
    queue_init(&s->queue, &limits, &owner, s);
    outage_init(&s->outage, &s->queue);
    tcp_init(&s->tcp, &options);
    s->tcp.transport.queue = &s->queue;
    s->tcp.transport.outage = &s->outage;
    s->tcp.transport.timeout = 30000;
    s->tcp.transport.calls->begin(&s->tcp.transport);
    s->now = 1000000;
}

static void end(struct side *s)
{
    s->tcp.transport.calls->free(&s->tcp.transport);
    queue_free(&s->queue);
}

static void add_interval(struct side *s)
{
    memcpy(queue_room(&s->queue, 6), "a 1 2\n", 6);
    queue_added(&s->queue, 6);
    queue_end_interval(&s->queue, SPAN("10"), NULL, s->now);
}

/* Turns for `ms` on the test's clock, each of 10 ms there and a moment here. */
static void turn(struct side *s, int64_t ms)
{
    struct transport *t = &s->tcp.transport;
    for (int64_t until = s->now + ms; s->now < until; s->now += 10) {
        t->calls->prepare(t, s->now);
        struct pollfd p = { .fd = t->fd, .events = POLLIN };
        int found = poll(&p, 1, s->tcp.carrying || s->tcp.returning ? 1 : 0);
        t->calls->step(t, found > 0, s->now);
    }
}

static bool delivers(struct side *s, int listener)
{
    size_t bytes = 0;
    uint64_t before = s->queue.counts.delivered;
    add_interval(s);
    for (int i = 0; i < 50 && s->queue.counts.delivered == before; i++) {
        turn(s, 20);
        serve(listener, &bytes);
    }
    return bytes == 6 && s->queue.counts.delivered == before + 1;
}

/* --- the cases -------------------------------------------------------------------------------- */

static void set_place(struct net_target *t, unsigned port)
{
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%u", port);
    net_parse_target(text, 1, t);
}

static void test_places(void)
{
    struct side s;
    struct net_target places[2];
    unsigned ports[2] = { 0, 0 };
    int first = listen_at(&ports[0]), second = listen_at(&ports[1]);
    size_t bytes = 0;
    set_place(&places[0], ports[0]);
    set_place(&places[1], ports[1]);
    begin(&s, places, 2);
    tap_ok(delivers(&s, first) && s.tcp.place == 0, "the first place is used while it can be reached");
    close(first);
    int64_t before = s.now;
    tap_ok(delivers(&s, second) && s.tcp.place == 1, "on its failure the second is");
    tap_ok(s.now - before < 1000, "without a pause");
    tap_ok(s.tcp.transport.where == places[1].text, "and is the one that messages name");
    turn(&s, 29000);
    tap_ok(!s.tcp.returning && delivers(&s, second), "it is used on, and the first is left alone");
    turn(&s, 2500);
    tap_ok(s.tcp.place == 1, "after 30 s it is asked, in vain");
    first = listen_at(&ports[0]);
    turn(&s, 26000);
    tap_ok(serve(first, &bytes) == 0, "and not again before another 30 s are over");
    for (int i = 0; i < 500 && s.tcp.place == 1; i++) {
        turn(&s, 20);
        serve(first, &bytes);
    }
    tap_ok(s.tcp.place == 0 && bytes == 0, "it answers again, with no line at stake");
    tap_ok(delivers(&s, first) && !s.outage.is_on, "and is used again");
    close(first);
    close(second);
    end(&s);
}

static void test_pauses(void)
{
    struct side s;
    struct net_target places[2];
    unsigned ports[2] = { 0, 0 };
    int first = listen_at(&ports[0]), second = listen_at(&ports[1]);
    set_place(&places[0], ports[0]);
    set_place(&places[1], ports[1]);
    close(first);
    close(second);
    begin(&s, places, 2);
    add_interval(&s);
    uint64_t attempts[2];
    turn(&s, 300000);
    attempts[0] = s.tcp.attempt;
    turn(&s, 300000);
    attempts[1] = s.tcp.attempt - attempts[0];
    tap_ok(attempts[0] >= 30 && attempts[0] <= 50, "with no place, %llu attempts in five minutes",
           (unsigned long long)attempts[0]);
    tap_ok(attempts[1] >= 16 && attempts[1] <= 28, "then one for each every 30 s: %llu",
           (unsigned long long)attempts[1]);
    tap_ok(s.outage.is_on && queue_points(&s.queue) == 1, "the point still waits");
    end(&s);
}

int main(void)
{
    die_init("test");
    die_set_verbosity(-1);
    test_places();
    test_pauses();
    return tap_done();
}
