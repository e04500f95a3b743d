/* tcp: several places, at times that the test makes up. The peers are sockets of this process. */
#include "sink/tcp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/die.h"
#include "net/target.h"
#include "sink/outage.h"
#include "sink/queue.h"
#include "sink/tcp_link.h"
#include "tap.h"

enum { TIMEOUT = 3600 * 1000, ROUNDS = 10000, MINUTE = 60000, PAUSE = 1000, PLACES = 2 };

static FILE *messages; /* what has been written to standard error */

struct world {
    struct net_target places[PLACES];
    int listeners[PLACES];
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

/* A socket that is bound, and refuses until listen(2). */
static int bind_place(struct net_target *target)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    char text[32];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(fd, (struct sockaddr *)&address, length) < 0 || getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return -1;
    snprintf(text, sizeof text, "127.0.0.1:%u", ntohs(address.sin_port));
    return net_parse_target(text, 1, target) ? fd : -1;
}

static void begin(struct world *w, int64_t settle)
{
    static const struct queue_owner owner = { note_done, note_dropped };
    const struct queue_limits limits = { .bytes = 1 << 20, .batch_bytes = 1 << 10, .point_lines = 1 };
    *w = (struct world){ .now = 1000000 };
    for (int i = 0; i < PLACES; i++)
        w->listeners[i] = bind_place(&w->places[i]);
    const struct tcp_options options = { .places = w->places, .count = PLACES, .settle = settle };
    queue_init(&w->queue, &limits, &owner, NULL);
    outage_init(&w->outage, &w->queue);
    tcp_init(&w->tcp, &options);
    w->tcp.transport.queue = &w->queue;
    w->tcp.transport.outage = &w->outage;
    w->tcp.transport.timeout = TIMEOUT;
    w->tcp.transport.calls->begin(&w->tcp.transport);
}

static void end(struct world *w)
{
    w->tcp.transport.calls->free(&w->tcp.transport);
    queue_free(&w->queue);
    for (int i = 0; i < PLACES; i++)
        close(w->listeners[i]);
}

/* The sink's turn at this time. Returns when the transport would be called at the latest. */
static int64_t turn(struct world *w)
{
    struct transport *t = &w->tcp.transport;
    int64_t due = t->calls->prepare(t, w->now);
    t->calls->step(t, true, w->now);
    return due;
}

/* Turns at one time, until somebody connects to a place. Returns the connection, or -1. */
static int accept_at(struct world *w, int place)
{
    int fd = -1;
    for (int i = 0; i < ROUNDS && fd < 0; i++) {
        turn(w);
        fd = accept4(w->listeners[place], NULL, NULL, SOCK_NONBLOCK);
        usleep(fd < 0 ? 100 : 0);
    }
    return fd;
}

static void add_interval(struct world *w, const char *point)
{
    memcpy(queue_room(&w->queue, strlen(point)), point, strlen(point));
    queue_added(&w->queue, strlen(point));
    queue_end_interval(&w->queue, (struct span)SPAN("1"), NULL, w->now);
}

/* Turns until the connection's question has come, and its text is this. */
static bool is_asked(struct world *w, int fd, const char *text)
{
    char bytes[64];
    size_t length = 0;
    for (int i = 0; i < ROUNDS; i++) {
        turn(w);
        ssize_t n = recv(fd, bytes + length, sizeof bytes - length, 0);
        if (n == 0)
            return length == strlen(text) && memcmp(bytes, text, length) == 0;
        length += n > 0 ? (size_t)n : 0;
        usleep(n < 0 ? 100 : 0);
    }
    return false;
}

static bool is_delivered(struct world *w, uint64_t points)
{
    for (int i = 0; i < ROUNDS && w->queue.counts.delivered < points; i++) {
        turn(w);
        usleep(100);
    }
    return w->queue.counts.delivered == points;
}

static bool is_at(const struct world *w, size_t place)
{
    return w->tcp.place == place && w->tcp.transport.where == w->places[place].text;
}

/* The first place refuses, the second has the line. */
static void go_to_second(struct world *w)
{
    listen(w->listeners[1], 16);
    add_interval(w, "a\n");
    int fd = accept_at(w, 1);
    tap_ok(fd >= 0 && is_asked(w, fd, "a\n"), "the first place refuses, the second gets the line");
    close(fd);
    tap_ok(is_delivered(w, 1) && is_at(w, 1), "and is used from then on");
}

/* --- messages --------------------------------------------------------------------------------- */

static void forget_messages(void)
{
    rewind(messages);
    if (ftruncate(fileno(messages), 0) < 0)
        tap_note("the file of messages cannot be emptied");
}

/* Takes the messages since the last call. Returns whether they are this text. */
static bool has_said(const char *expected)
{
    char text[1024];
    rewind(messages);
    size_t length = fread(text, 1, sizeof text - 1, messages);
    text[length] = '\0';
    forget_messages();
    if (strcmp(text, expected) != 0)
        tap_note("printed: %s", text);
    return strcmp(text, expected) == 0;
}

/* "test: FIRST HOST:PORT REST\n", with the first place. */
static const char *message(const struct world *w, const char *first, const char *rest)
{
    static char text[1024];
    snprintf(text, sizeof text, "test: %s%s%s\n", first, w->places[0].text, rest);
    return text;
}

/* --- the first of several places -------------------------------------------------------------- */

/* The first place answers a connection without a line, and is used again. */
static void go_back_to_first(struct world *w)
{
    listen(w->listeners[0], 16);
    w->now += TCP_RETURN;
    int fd = accept_at(w, 0);
    tap_ok(fd >= 0 && is_asked(w, fd, ""), "the first place is asked again");
    close(fd);
    for (int i = 0; i < ROUNDS && !is_at(w, 0); i++)
        turn(w);
    tap_ok(is_at(w, 0), "and is used again");
}

/* A connection to the first place is reset when it has got these bytes. */
static void reset_first(struct world *w, size_t bytes)
{
    const struct linger at_once = { 1, 0 };
    char text[64];
    int fd = accept_at(w, 0);
    for (int i = 0; i < ROUNDS && recv(fd, text, sizeof text, MSG_PEEK) < (ssize_t)bytes; i++) {
        turn(w);
        usleep(100);
    }
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
    for (int i = 0; i < ROUNDS && is_at(w, 0); i++) {
        turn(w);
        usleep(100);
    }
    tap_ok(fd >= 0 && is_at(w, 1), "it resets a line: the second place is next");
}

/* The second place answers for this line, in a while: there is a pause between two questions. */
static void deliver_at_second(struct world *w, const char *line, uint64_t points)
{
    int fd = accept_at(w, 1);
    w->now += PAUSE;
    tap_ok(fd >= 0 && is_asked(w, fd, line), "which gets it");
    close(fd);
    tap_ok(is_delivered(w, points) && is_at(w, 1), "and delivers it");
}

/* A first place that answers connections without a line and resets those with one, as a proxy whose
 * backend is down: its outage is one, however often it is tried, until it has delivered. */
static void test_return_and_reset(void)
{
    struct world w;
    begin(&w, 0);
    go_to_second(&w);
    forget_messages();
    for (int i = 0; i < 3; i++) {
        go_back_to_first(&w);
        add_interval(&w, "b\n");
        reset_first(&w, 2);
        deliver_at_second(&w, "b\n", 2 + (uint64_t)i);
        tap_ok(has_said(""), "and nothing is said, round %d", i);
    }
    go_back_to_first(&w);
    tap_ok(has_said(""), "nor when it answers the fourth time");
    add_interval(&w, "c\n");
    int fd = accept_at(&w, 0);
    tap_ok(fd >= 0 && is_asked(&w, fd, "c\n"), "this time it takes the line");
    close(fd);
    tap_ok(is_delivered(&w, 5) && has_said(message(&w, "", " is back: lines go there again")),
           "and is back when it has delivered");
    add_interval(&w, "d\n");
    reset_first(&w, 2);
    tap_ok(has_said(message(&w, "write ", ": Connection reset by peer: 1 line waits")),
           "its next failure is a new one");
    end(&w);
}

/* Neither of the places has a line when the first one is tried. */
static void test_return_and_all_fail(void)
{
    struct world w;
    begin(&w, 0);
    go_to_second(&w);
    forget_messages();
    go_back_to_first(&w);
    close(w.listeners[1]);
    w.listeners[1] = -1;
    add_interval(&w, "b\n");
    reset_first(&w, 2);
    for (int i = 0; i < ROUNDS && is_at(&w, 1); i++)
        turn(&w);
    char expected[512];
    snprintf(expected, sizeof expected, "test: connect %s: Connection refused: 1 line waits\n", w.places[1].text);
    tap_ok(is_at(&w, 0) && has_said(expected), "when the second fails as well, that is said: a line waits");
    w.now = w.tcp.due;
    int fd = accept_at(&w, 0);
    w.now += PAUSE;
    tap_ok(fd >= 0 && is_asked(&w, fd, "b\n"), "after a pause the first gets it");
    w.now = w.outage.since + 2 * PAUSE;
    close(fd);
    tap_ok(is_delivered(&w, 2) && has_said(message(&w, "", " takes over after 2.0s: 0 lines follow")),
           "and that it takes over is said, once");
    end(&w);
}

static void test_return(void)
{
    struct world w;
    begin(&w, 0);
    go_to_second(&w);
    listen(w.listeners[0], 16);
    int64_t due = turn(&w);
    tap_ok(due > w.now && due <= w.now + TCP_RETURN, "the first is asked within %d ms", TCP_RETURN);
    w.now += TCP_RETURN;
    int fd = accept_at(&w, 0);
    tap_ok(fd >= 0 && is_asked(&w, fd, "") && is_at(&w, 1), "and then, with no line at stake");
    close(fd);
    for (int i = 0; i < ROUNDS && !is_at(&w, 0); i++)
        turn(&w);
    tap_ok(is_at(&w, 0) && turn(&w) == INT64_MAX, "it has answered: it is used again, and not asked any more");
    add_interval(&w, "b\n");
    fd = accept_at(&w, 0);
    tap_ok(fd >= 0 && is_asked(&w, fd, "b\n"), "the next line goes there");
    close(fd);
    tap_ok(is_delivered(&w, 2), "and is delivered");
    end(&w);
}

static void test_return_without_goodbye(void)
{
    struct world w;
    begin(&w, 0);
    go_to_second(&w);
    listen(w.listeners[0], 16);
    w.now += TCP_RETURN;
    int fd = accept_at(&w, 0);
    tap_ok(fd >= 0 && is_asked(&w, fd, ""), "a first place that never says goodbye is asked");
    /* Its kernel may acknowledge the question late, so the time in between is not exact. */
    int64_t asked = w.now, due = asked;
    while (is_at(&w, 1) && due <= asked + TIMEOUT) {
        w.now = due;
        due = turn(&w);
        usleep(1000);
    }
    tap_ok(is_at(&w, 0) && w.now >= asked + TCP_OPEN_MAX && w.now < asked + TIMEOUT / 2,
           "and waited for, for %d ms and not for --timeout", TCP_OPEN_MAX);
    close(fd);
    end(&w);
}

static bool is_first_asked(struct world *w)
{
    turn(w);
    return w->tcp.returning != NULL;
}

static void test_return_is_not_hurried(void)
{
    struct world w;
    begin(&w, 0);
    listen(w.listeners[1], 16);
    add_interval(&w, "a\n");
    bool is_early = false;
    for (int i = 0; i < ROUNDS && !is_at(&w, 1); i++) {
        is_early |= is_first_asked(&w);
        usleep(100);
    }
    w.now += TCP_RETURN - 1;
    is_early |= is_first_asked(&w);
    tap_ok(is_at(&w, 1) && !is_early, "a first place that has failed is not asked for %d ms", TCP_RETURN);
    w.now++;
    tap_ok(is_first_asked(&w), "and is asked then");
    end(&w);
}

static void test_return_refused(void)
{
    struct world w;
    begin(&w, 0);
    go_to_second(&w);
    w.now += TCP_RETURN;
    int64_t due = 0;
    for (int i = 0; i < ROUNDS && due != w.now + TCP_RETURN; i++)
        due = turn(&w);
    tap_ok(due == w.now + TCP_RETURN && is_at(&w, 1), "a first place that refuses is asked again %d ms later",
           TCP_RETURN);
    end(&w);
}

/* How many connections are tried in this time, with a line that waits. */
static unsigned long long attempts_in(struct world *w, int64_t ms)
{
    uint64_t before = w->tcp.attempt;
    for (int64_t until = w->now + ms; w->now < until;) {
        turn(w);
        if (!w->tcp.carrying && w->tcp.due > w->now)
            w->now = w->tcp.due;
    }
    return w->tcp.attempt - before;
}

static void test_pauses(void)
{
    struct world w;
    begin(&w, 0);
    add_interval(&w, "a\n");
    unsigned long long first = attempts_in(&w, MINUTE), next = attempts_in(&w, 4 * MINUTE),
                       later = attempts_in(&w, 5 * MINUTE);
    tap_ok(first >= 2 * 8 && first <= 2 * 11, "two places that refuse: %llu connections in a minute", first);
    tap_ok(first + next >= 30 && first + next <= 50, "%llu in five minutes", first + next);
    tap_ok(later >= 16 && later <= 28, "then one for each every 30 s: %llu in five minutes", later);
    tap_ok(w.outage.is_on && queue_points(&w.queue) == 1, "the point still waits");
    w.tcp.transport.calls->hurry(&w.tcp.transport, w.now);
    unsigned long long at_end = attempts_in(&w, MINUTE);
    tap_ok(at_end >= 2 * 95 && at_end <= 2 * 165, "at the end of input, one every half a second: %llu in a minute",
           at_end);
    end(&w);
}

/* Reads from the connection what is there. Returns true at its end. */
static bool drains(int fd, size_t *length)
{
    char bytes[4096];
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
        *length += (size_t)n;
    return n == 0;
}

static void test_share_of_a_connection(void)
{
    enum { BATCHES = 20000, POINT = 1000, CARRIED_MOST = 10 << 20 };
    char point[POINT + 1];
    size_t length = 0;
    struct world w;
    begin(&w, 0);
    w.queue.limits.bytes = 64 << 20;
    listen(w.listeners[0], 16);
    memset(point, 'a', sizeof point);
    point[POINT - 1] = '\n';
    point[POINT] = '\0';
    for (int i = 0; i < BATCHES; i++)
        add_interval(&w, point);
    int fd = accept_at(&w, 0);
    bool asks = false;
    for (int i = 0; i < ROUNDS && !asks; i++) {
        turn(&w);
        w.now++;
        asks = drains(fd, &length);
    }
    tap_ok(asks && length >= POINT && length <= CARRIED_MOST && length % POINT == 0,
           "a connection carries some batches, and asks: %zu of %d bytes", length, BATCHES * POINT);
    close(fd);
    end(&w);
}

static void test_questions_without_answer(void)
{
    int fds[TCP_ASKING_MAX + 1];
    size_t lengths[TCP_ASKING_MAX + 1] = { 0 };
    struct world w;
    begin(&w, 0);
    listen(w.listeners[0], 64);
    bool asked = true, last_asks = false;
    for (int i = 0; i <= TCP_ASKING_MAX; i++) {
        add_interval(&w, "a\n");
        fds[i] = accept_at(&w, 0);
        bool ended = false;
        for (int k = 0; k < ROUNDS / 10 && !ended; k++) {
            w.now += 10;
            turn(&w);
            ended = drains(fds[i], &lengths[i]);
        }
        asked &= ended || i == TCP_ASKING_MAX;
        last_asks |= ended && i == TCP_ASKING_MAX;
    }
    tap_ok(asked && !last_asks, "%d questions wait for an answer, and the next connection does not ask",
           TCP_ASKING_MAX);
    tap_ok(lengths[TCP_ASKING_MAX] == 2, "but it carries");
    for (int i = 0; i < TCP_ASKING_MAX; i++)
        close(fds[i]);
    tap_ok(is_delivered(&w, TCP_ASKING_MAX), "their answers are taken");
    w.now += PAUSE;
    bool ended = false;
    for (int k = 0; k < ROUNDS && !ended; k++) {
        turn(&w);
        ended = drains(fds[TCP_ASKING_MAX], &lengths[TCP_ASKING_MAX]);
    }
    close(fds[TCP_ASKING_MAX]);
    tap_ok(ended && is_delivered(&w, TCP_ASKING_MAX + 1), "then the last one asks, and is answered");
    end(&w);
}

/* Connects to the first place until its queue is full: then the kernel drops who else comes. */
static void fill_queue(const struct world *w, int *fillers, int count)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    listen(w->listeners[0], 0);
    getsockname(w->listeners[0], (struct sockaddr *)&address, &length);
    for (int i = 0; i < count; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fillers[i], (struct sockaddr *)&address, length);
    }
}

static void test_hanging_connect(void)
{
    enum { FILLERS = 4 };
    int fillers[FILLERS];
    struct world w;
    begin(&w, 0);
    fill_queue(&w, fillers, FILLERS);
    listen(w.listeners[1], 8);
    add_interval(&w, "a\n");
    turn(&w);
    int64_t due = turn(&w);
    tap_ok(due == w.now + TCP_OPEN_MAX && is_at(&w, 0), "a place that does not accept is given up after %d ms",
           TCP_OPEN_MAX);
    w.now = due;
    int fd = accept_at(&w, 1);
    tap_ok(fd >= 0 && is_asked(&w, fd, "a\n"), "and the next one gets the line");
    close(fd);
    for (int i = 0; i < FILLERS; i++)
        close(fillers[i]);
    end(&w);
}

/* What a proxy does whose backend is down. */
static void test_settle(void)
{
    struct world w;
    begin(&w, 2000);
    listen(w.listeners[0], 16);
    add_interval(&w, "a\n");
    int fd = accept_at(&w, 0);
    char bytes[8];
    ssize_t n = -1;
    for (int i = 0; i < ROUNDS && n < 0; i++) {
        turn(&w);
        n = recv(fd, bytes, sizeof bytes, 0);
    }
    w.now += 1999;
    turn(&w);
    tap_ok(n == 2 && recv(fd, bytes, sizeof bytes, 0) < 0,
           "a connection takes a line, and has not asked before it may");
    close(fd);
    for (int i = 0; i < ROUNDS && !w.outage.is_on; i++)
        turn(&w);
    tap_ok(w.outage.is_on && w.queue.counts.delivered == 0 && queue_points(&w.queue) == 1,
           "its end is no answer: the line waits");
    listen(w.listeners[1], 16);
    fd = accept_at(&w, 1);
    for (int i = 0; i < ROUNDS && w.tcp.carrying && w.tcp.carrying->bytes == 0; i++)
        turn(&w);
    w.now += 2000;
    tap_ok(fd >= 0 && is_asked(&w, fd, "a\n"), "it goes to the next place, which is asked in time");
    close(fd);
    tap_ok(is_delivered(&w, 1), "and delivered there");
    end(&w);
}

static void test_settle_at_end(void)
{
    struct world w;
    begin(&w, 2000);
    listen(w.listeners[0], 16);
    add_interval(&w, "a\n");
    int fd = accept_at(&w, 0);
    for (int i = 0;
         i < ROUNDS && !(w.tcp.carrying && tcp_link_is_acknowledged(w.tcp.carrying) && w.tcp.carrying->written); i++)
        turn(&w);
    w.tcp.transport.calls->give_up(&w.tcp.transport, w.now);
    tap_ok(w.queue.counts.unconfirmed == 0 && queue_points(&w.queue) == 1,
           "at the end, what could not be asked for is not delivered");
    close(fd);
    end(&w);
}

int main(void)
{
    messages = tmpfile();
    if (!messages || dup2(fileno(messages), STDERR_FILENO) < 0)
        return 1;
    die_init("test");
    test_return_and_reset();
    test_return_and_all_fail();
    test_return();
    test_return_without_goodbye();
    test_return_is_not_hurried();
    test_return_refused();
    test_pauses();
    test_hanging_connect();
    test_share_of_a_connection();
    test_questions_without_answer();
    test_settle();
    test_settle_at_end();
    return tap_done();
}
