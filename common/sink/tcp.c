#include "sink/tcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
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

static bool is_urgent(const struct tcp *tcp, const struct tcp_link *l)
{
    return l->bytes >= tcp->transport.queue->limits.bytes / 2;
}

/* --- what becomes of batches ------------------------------------------------------------------ */

static void say_unconfirmed(struct tcp *tcp, const struct tcp_link *l, uint64_t points)
{
    if (!points || tcp->has_said_unconfirmed)
        return;
    tcp->has_said_unconfirmed = true;
    warn("%s has acknowledged %llu lines and does not say goodbye: taken as delivered", l->target->text,
         (unsigned long long)points);
}

/* Ends a link that nobody waits for any longer. What its other side's kernel has is unconfirmed,
 * everything else is sent again. */
static void abandon(struct tcp *tcp, struct tcp_link *l)
{
    bool has_it;
    uint64_t unconfirmed = 0;
    struct batch *b;
    while ((b = tcp_link_next(l, &has_it))) {
        unconfirmed += has_it ? b->points : 0;
        if (has_it)
            queue_unconfirmed(tcp->transport.queue, b);
        else
            queue_again(tcp->transport.queue, b);
    }
    say_unconfirmed(tcp, l, unconfirmed);
    tcp_link_end(l);
}

/* A side has delivered: its next failure is a new one. */
static void note_delivered(struct tcp *tcp, const struct tcp_link *l, int64_t now)
{
    tcp->transport.progress = now;
    if (tcp->is_hurried)
        pauses_hurry(&tcp->pauses);
    else
        pauses_begin(&tcp->pauses);
    tcp->failures = 0;
    outage_end(tcp->transport.outage, now, l->target->text);
}

static void deliver(struct tcp *tcp, struct tcp_link *l, int64_t now)
{
    bool has_it, has_any = l->first;
    struct batch *b;
    while ((b = tcp_link_next(l, &has_it)))
        queue_delivered(tcp->transport.queue, b);
    if (has_any)
        note_delivered(tcp, l, now);
    tcp_link_end(l);
}

/* The other side has everything and says nothing. */
static void presume(struct tcp *tcp, struct tcp_link *l, int64_t now)
{
    struct tcp_link was = *l;
    abandon(tcp, l);
    note_delivered(tcp, &was, now);
}

/* --- failures --------------------------------------------------------------------------------- */

/* After the last of the places comes a pause, then the first. */
static void choose_next(struct tcp *tcp, int64_t now)
{
    tcp->place = (tcp->place + 1) % tcp->options.count;
    tcp->transport.where = tcp->options.places[tcp->place].text;
    tcp->return_due = now + TCP_RETURN;
    if (++tcp->failures < tcp->options.count)
        return;
    tcp->failures = 0;
    tcp->due = now + pauses_next(&tcp->pauses, random());
}

static void fail(struct tcp *tcp, struct tcp_link *l, int64_t now)
{
    bool has_it;
    struct batch *b;
    while ((b = tcp_link_next(l, &has_it)))
        queue_again(tcp->transport.queue, b);
    outage_fail(tcp->transport.outage, now, l->what, l->target->text, l->why);
    tcp->has_failed = true;
    if (l->place == tcp->place)
        choose_next(tcp, now);
    tcp_link_end(l);
}

/* --- the first place -------------------------------------------------------------------------- */

static void use_first(struct tcp *tcp)
{
    tcp->place = 0;
    tcp->transport.where = tcp->options.places[0].text;
    tcp->failures = 0;
    warn("%s is back: lines go there again", tcp->transport.where);
}

/* A side that acknowledges the question can be reached, although it may never say goodbye. */
static void step_returning(struct tcp *tcp, int64_t now)
{
    struct tcp_link *l = tcp->returning;
    enum tcp_link_result result = tcp_link_step(l, now);
    if (result == TCP_LINK_OPENED)
        result = tcp_link_ask(l, now);
    bool answers = result == TCP_LINK_ANSWERED ||
                   (l->state == TCP_LINK_ASKING && tcp_link_is_acknowledged(l) && now >= l->moved + TCP_OPEN_MAX);
    bool is_late = l->state == TCP_LINK_ASKING && now >= l->moved + TCP_RETURN;
    if (!answers && !is_late && result != TCP_LINK_FAILED)
        return;
    tcp_link_end(l);
    tcp->returning = NULL;
    tcp->return_due = now + TCP_RETURN;
    if (answers && tcp->place != 0)
        use_first(tcp);
}

static void keep_returning(struct tcp *tcp, int64_t now)
{
    if (!tcp->returning && tcp->place != 0 && now >= tcp->return_due && !tcp->is_hurried)
        tcp->returning = tcp_link_begin(&tcp->options.places[0], 0, tcp->transport.fd, tcp->transport.timeout, now);
}

/* --- asking ----------------------------------------------------------------------------------- */

static struct tcp_link **free_slot(struct tcp *tcp)
{
    for (size_t i = 0; i < TCP_ASKING_MAX; i++)
        if (!tcp->asking[i])
            return &tcp->asking[i];
    return NULL;
}

/* When the carrying link is to ask, if nothing changes until then. */
static int64_t ask_due(struct tcp *tcp, int64_t now)
{
    const struct tcp_link *l = tcp->carrying;
    const struct queue *q = tcp->transport.queue;
    if (!l || l->state != TCP_LINK_UP || l->writing || !free_slot(tcp))
        return INT64_MAX;
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

static void ask(struct tcp *tcp, int64_t now)
{
    struct tcp_link *l = tcp->carrying;
    tcp->carrying = NULL;
    tcp->asked = now;
    enum tcp_link_result result = tcp_link_ask(l, now);
    if (result == TCP_LINK_FAILED)
        fail(tcp, l, now);
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
        deliver(tcp, l, now);
    else if (is_presumed)
        presume(tcp, l, now);
    else
        fail(tcp, l, now);
}

/* --- carrying --------------------------------------------------------------------------------- */

/* True if the carrying link can take a batch now. */
static bool can_take(struct tcp *tcp, int64_t now)
{
    const struct tcp_link *l = tcp->carrying;
    if (l->state != TCP_LINK_UP || l->writing || queue_due(tcp->transport.queue) > now)
        return false;
    bool has_enough = l->place != tcp->place || l->bytes >= CARRY_MAX;
    return !has_enough || tcp->options.keep_open || !free_slot(tcp);
}

/* Writes what waits, as much as a turn may. */
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
    } while (result == TCP_LINK_GOES_ON && l->written - before < TURN_MAX && can_take(tcp, now));
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
    fail(tcp, l, now);
}

/* A side that takes nothing is slow, and is waited for. */
static void note_progress(struct tcp *tcp, struct tcp_link *l, int64_t now)
{
    char why[64];
    int64_t tenths = (now - l->moved) / 100;
    if (l->moved > tcp->transport.progress)
        tcp->transport.progress = l->moved;
    if (!l->is_stalled || l->has_said_stalled)
        return;
    l->has_said_stalled = true;
    snprintf(why, sizeof why, "nothing taken for %lld.%llds", (long long)(tenths / 10), (long long)(tenths % 10));
    outage_stall(tcp->transport.outage, l->moved, "write", l->target->text, why);
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

static int64_t prepare(struct transport *t, int64_t now)
{
    struct tcp *tcp = of(t);
    int64_t due = queue_due(t->queue);
    if (tcp->is_over)
        return INT64_MAX;
    if (due < tcp->due)
        due = tcp->due;
    if (!tcp->carrying && due <= now)
        tcp->carrying = tcp_link_begin(&tcp->options.places[tcp->place], tcp->place, t->fd, t->timeout, now);
    if (tcp->carrying)
        due = least(can_take(tcp, now) ? now : tcp_link_due(tcp->carrying), ask_due(tcp, now));
    /* More may be taken when --rate allows it. */
    if (tcp->carrying && queue_due(t->queue) > now)
        due = least(due, queue_due(t->queue));
    for (size_t i = 0; i < TCP_ASKING_MAX; i++)
        if (tcp->asking[i])
            due = least(due, tcp_link_due(tcp->asking[i]));
    if (tcp->returning)
        due = least(due, tcp_link_due(tcp->returning));
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
            note_progress(tcp, tcp->asking[i], now);
    }
    if (tcp->carrying)
        step_carrying(tcp, now);
    if (tcp->carrying)
        note_progress(tcp, tcp->carrying, now);
    if (now >= ask_due(tcp, now))
        ask(tcp, now);
    if (tcp->returning && is_due(tcp->returning, now))
        step_returning(tcp, now);
    keep_returning(tcp, now);
}

static void hurry(struct transport *t, int64_t now)
{
    struct tcp *tcp = of(t);
    tcp->is_hurried = true;
    tcp->due = now;
    pauses_hurry(&tcp->pauses);
}

static void give_up_link(struct tcp *tcp, struct tcp_link **slot, int64_t now)
{
    struct tcp_link *l = *slot;
    *slot = NULL;
    if (!l)
        return;
    enum tcp_link_result result = tcp_link_step(l, now);
    if (result == TCP_LINK_ANSWERED)
        deliver(tcp, l, now);
    else if (result == TCP_LINK_FAILED)
        fail(tcp, l, now);
    else
        abandon(tcp, l);
}

static void give_up(struct transport *t, int64_t now)
{
    struct tcp *tcp = of(t);
    tcp->is_over = true;
    for (size_t i = 0; i < TCP_ASKING_MAX; i++)
        give_up_link(tcp, &tcp->asking[i], now);
    give_up_link(tcp, &tcp->carrying, now);
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
    close(t->fd);
}

void tcp_init(struct tcp *tcp, const struct tcp_options *options)
{
    static const struct transport_calls calls = { begin, prepare, step, hurry, give_up, state, free_transport };
    *tcp = (struct tcp){
        .transport = { .calls = &calls, .fd = -1, .where = options->places[0].text },
        .options = *options,
        .asked = INT64_MIN / 2,
    };
    pauses_begin(&tcp->pauses);
}
