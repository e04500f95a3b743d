#include "sink/tcp.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "sink/tcp_fate.h"
#include "sink/tcp_link.h"

enum {
    TURN_MAX = 1 << 20,  /* bytes that one step writes */
    CARRY_MAX = 8 << 20, /* bytes after which a connection asks, however much waits */
    LINGER = 100,        /* ms that a connection waits for more, and between two questions */
    LINGER_PACED = 1000, /* the same while batches wait for --rate */
    LINGER_LEAST = 20,   /* ms between two questions that are urgent */
    EVENTS_MAX = 16,
};

static struct tcp *of(struct transport *t)
{
    return (struct tcp *)(void *)t;
}

/* True if the buffer stays full until this connection has its answer. */
static bool is_urgent(const struct tcp *tcp, const struct tcp_link *l)
{
    const struct queue *q = tcp->transport.queue;
    return l->bytes >= q->limits.bytes / 2 || (queue_is_full(q) && queue_due(q) == INT64_MAX);
}

/* --- asking ----------------------------------------------------------------------------------- */

static struct tcp_link **free_slot(struct tcp *tcp)
{
    for (size_t i = 0; i < TCP_ASKING_MAX; i++)
        if (!tcp->asking[i])
            return &tcp->asking[i];
    return NULL;
}

/* When it is to ask, apart from --settle. */
static int64_t question_due(const struct tcp *tcp, const struct tcp_link *l, int64_t now)
{
    const struct queue *q = tcp->transport.queue;
    bool is_empty = queue_due(q) == INT64_MAX, has_more = queue_due(q) <= now;
    if (tcp->is_hurried && is_empty)
        return now;
    if (is_urgent(tcp, l))
        return tcp->asked + LINGER_LEAST;
    if (tcp->options.keep_open && l->place == tcp->place)
        return INT64_MAX;
    if (l->bytes >= CARRY_MAX || l->bytes >= q->limits.bytes / 8 || l->place != tcp->place)
        return tcp->asked + LINGER;
    if (has_more)
        return INT64_MAX;
    int64_t since = tcp->has_ended_interval && is_empty ? 0 : l->moved, linger = is_empty ? LINGER : LINGER_PACED;
    return (since > tcp->asked ? since : tcp->asked) + linger;
}

/* When the carrying link is to ask, if nothing changes until then. */
static int64_t ask_due(struct tcp *tcp, int64_t now)
{
    const struct tcp_link *l = tcp->carrying;
    if (!l || l->state != TCP_LINK_UP || l->writing || !free_slot(tcp))
        return INT64_MAX;
    int64_t due = question_due(tcp, l, now), settled = tcp_settled(tcp, l);
    return due > settled ? due : settled;
}

static void ask(struct tcp *tcp, int64_t now)
{
    struct tcp_link *l = tcp->carrying;
    tcp->carrying = NULL;
    tcp->asked = now;
    enum tcp_link_result result = tcp_link_ask(l, now);
    if (result == TCP_LINK_FAILED)
        tcp_fail(tcp, l, now);
    else
        *free_slot(tcp) = l;
}

static void step_asking(struct tcp *tcp, struct tcp_link **slot, int64_t now)
{
    struct tcp_link *l = *slot;
    enum tcp_link_result result = tcp_link_step(l, now);
    bool is_presumed =
        result == TCP_LINK_GOES_ON && tcp_link_is_acknowledged(l) && now >= l->moved + tcp->transport.timeout;
    if (result == TCP_LINK_GOES_ON && !is_presumed)
        return;
    *slot = NULL;
    if (result == TCP_LINK_ANSWERED)
        tcp_deliver(tcp, l, now);
    else if (is_presumed)
        tcp_presume(tcp, l, now);
    else
        tcp_fail(tcp, l, now);
}

/* --- carrying --------------------------------------------------------------------------------- */

/* True if the carrying link can take a batch now. */
static bool can_take(struct tcp *tcp, int64_t now)
{
    const struct tcp_link *l = tcp->carrying;
    if (l->state != TCP_LINK_UP || l->writing || queue_due(tcp->transport.queue) > now)
        return false;
    bool has_enough = l->place != tcp->place || (l->bytes >= CARRY_MAX && now >= tcp_settled(tcp, l));
    return !has_enough || tcp->options.keep_open || !free_slot(tcp);
}

/* Writes what waits, up to the limit of one turn. */
static enum tcp_link_result carry(struct tcp *tcp, int64_t now)
{
    struct tcp_link *l = tcp->carrying;
    uint64_t before = l->written;
    enum tcp_link_result result = TCP_LINK_GOES_ON;
    do {
        struct batch *b = can_take(tcp, now) ? queue_take(tcp->transport.queue, now) : NULL;
        if (b) {
            tcp->has_ended_interval = b->ends_interval;
            tcp_link_add(l, b);
        }
        if (l->writing)
            result = tcp_link_write(l, TURN_MAX, now);
        if (l->shortage)
            break;
    } while (result == TCP_LINK_GOES_ON && l->written - before < TURN_MAX && can_take(tcp, now));
    if (l->shortage) {
        shortage_report(&tcp->shortages, "write", l->target->text, l->shortage);
        shortage_pause();
        l->shortage = 0;
    }
    return result;
}

static bool is_due(const struct tcp_link *l, int64_t now)
{
    return l->is_ready || now >= tcp_link_due(l);
}

static void step_carrying(struct tcp *tcp, int64_t now)
{
    struct tcp_link *l = tcp->carrying;
    enum tcp_link_result result = is_due(l, now) ? tcp_link_step(l, now) : TCP_LINK_GOES_ON;
    if (result == TCP_LINK_OPENED) {
        tcp->transport.outage->reconnects += tcp->has_failed;
        tcp->has_failed = false;
        result = TCP_LINK_GOES_ON;
    }
    if (result == TCP_LINK_GOES_ON && l->state == TCP_LINK_UP)
        result = carry(tcp, now);
    if (result == TCP_LINK_GOES_ON)
        return;
    tcp->carrying = NULL;
    tcp_fail(tcp, l, now);
}

/* --- the transport ---------------------------------------------------------------------------- */

static void begin(struct transport *t)
{
    t->fd = epoll_create1(EPOLL_CLOEXEC);
    if (t->fd < 0)
        die_errno("epoll");
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void begin_carrying(struct tcp *tcp, int64_t now)
{
    const struct transport *t = &tcp->transport;
    tcp->carrying = tcp_link_begin(&tcp->options.places[tcp->place], tcp->place, t->fd, t->timeout, now);
    tcp->carrying->attempt = tcp->attempt;
}

static int64_t prepare(struct transport *t, int64_t now)
{
    struct tcp *tcp = of(t);
    int64_t due = queue_due(t->queue);
    if (tcp->is_over)
        return INT64_MAX;
    if (due < tcp->due)
        due = tcp->due;
    if (!tcp->carrying && due <= now)
        begin_carrying(tcp, now);
    if (tcp->carrying)
        due = least(can_take(tcp, now) ? now : tcp_link_due(tcp->carrying), ask_due(tcp, now));
    /* --rate may allow more later. */
    if (tcp->carrying && queue_due(t->queue) > now)
        due = least(due, queue_due(t->queue));
    for (size_t i = 0; i < TCP_ASKING_MAX; i++)
        if (tcp->asking[i])
            due = least(due, tcp_link_due(tcp->asking[i]));
    if (tcp->returning)
        due = least(due, tcp_returning_due(tcp));
    else if (tcp->place != 0 && !tcp->is_hurried)
        due = least(due, tcp->return_due);
    return due;
}

static void find_ready(const struct tcp *tcp)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(tcp->transport.fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++)
        ((struct tcp_link *)events[i].data.ptr)->is_ready = true;
}

static void step(struct transport *t, bool is_readable, int64_t now)
{
    struct tcp *tcp = of(t);
    if (tcp->is_over)
        return;
    if (is_readable)
        find_ready(tcp);
    for (size_t i = 0; i < TCP_ASKING_MAX; i++) {
        if (tcp->asking[i] && is_due(tcp->asking[i], now))
            step_asking(tcp, &tcp->asking[i], now);
        if (tcp->asking[i])
            tcp_note_progress(tcp, tcp->asking[i], now);
    }
    if (tcp->carrying)
        step_carrying(tcp, now);
    if (tcp->carrying)
        tcp_note_progress(tcp, tcp->carrying, now);
    if (now >= ask_due(tcp, now))
        ask(tcp, now);
    if (tcp->returning && (tcp->returning->is_ready || now >= tcp_returning_due(tcp)))
        tcp_step_returning(tcp, now);
    tcp_keep_returning(tcp, now);
}

static void hurry(struct transport *t, int64_t now)
{
    struct tcp *tcp = of(t);
    tcp->is_hurried = true;
    tcp->due = now;
    pauses_hurry(&tcp->pauses);
}

static void give_up(struct transport *t, int64_t now)
{
    struct tcp *tcp = of(t);
    tcp->is_over = true;
    for (size_t i = 0; i < TCP_ASKING_MAX; i++)
        tcp_give_up(tcp, &tcp->asking[i], now);
    tcp_give_up(tcp, &tcp->carrying, now);
    if (tcp->returning)
        tcp_link_end(tcp->returning);
    tcp->returning = NULL;
}

static const char *state(const struct transport *t)
{
    const struct tcp *tcp = (const struct tcp *)(const void *)t;
    bool is_asking = false;
    for (size_t i = 0; i < TCP_ASKING_MAX; i++)
        is_asking |= tcp->asking[i] != NULL;
    if (is_asking || (tcp->carrying && tcp->carrying->state == TCP_LINK_UP))
        return "connected";
    if (tcp->carrying)
        return "connecting";
    return t->outage->is_on ? "not connected" : "idle";
}

static void free_transport(struct transport *t)
{
    if (t->fd < 0)
        return;
    give_up(t, clock_monotonic_ms());
    shortage_summary(&of(t)->shortages);
    close(t->fd);
}

void tcp_init(struct tcp *tcp, const struct tcp_options *options)
{
    static const struct transport_calls calls = { begin, prepare, step, hurry, give_up, state, free_transport };
    *tcp = (struct tcp){
        .transport = { .calls = &calls, .fd = -1, .where = options->places[0].text },
        .options = *options,
        .asked = INT64_MIN / 2,
        .shortages = shortages_none,
    };
    pauses_begin(&tcp->pauses);
}
