#include "sink/tcp_fate.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/plural.h"
#include "sink/tcp_lines.h"

static void say_unconfirmed(struct tcp *tcp, const struct tcp_link *l, uint64_t points)
{
    if (!points || tcp->has_said_unconfirmed)
        return;
    tcp->has_said_unconfirmed = true;
    warn("%s has acknowledged %llu %s and does not say goodbye: taken as delivered", l->target->text,
         (unsigned long long)points, plural(points, "line", "lines"));
}

void tcp_abandon(struct tcp *tcp, struct tcp_link *l)
{
    bool has_it;
    uint64_t unconfirmed = 0;
    struct batch *b;
    tcp_lines_finish(l);
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

/* True if the connection is one to the first place, which is tried again and has not delivered
 * yet. */
static bool is_on_trial(const struct tcp *tcp, const struct tcp_link *l)
{
    return tcp->trial > 0 && l->attempt == tcp->trial;
}

/* The last message says that another place took over, unless there is an outage: then its end tells
 * where lines go. */
static void pass_trial(struct tcp *tcp, const struct tcp_link *l)
{
    if (!is_on_trial(tcp, l) || l->attempt != tcp->attempt)
        return;
    tcp->trial = 0;
    if (!tcp->transport.outage->is_on)
        warn("%s is back: lines go there again", l->target->text);
}

/* The server has taken lines, so its next failure is a new one. */
static void note_delivered(struct tcp *tcp, const struct tcp_link *l, int64_t now)
{
    tcp->transport.progress = now;
    tcp->furthest = 0;
    if (tcp->is_hurried)
        pauses_hurry(&tcp->pauses);
    else
        pauses_begin(&tcp->pauses);
    tcp->failures = 0;
    pass_trial(tcp, l);
    outage_end(tcp->transport.outage, now, l->target->text);
}

void tcp_deliver(struct tcp *tcp, struct tcp_link *l, int64_t now)
{
    bool has_it, has_any = l->first;
    struct batch *b;
    while ((b = tcp_link_next(l, &has_it)))
        queue_delivered(tcp->transport.queue, b);
    if (has_any)
        note_delivered(tcp, l, now);
    tcp_link_end(l);
}

void tcp_presume(struct tcp *tcp, struct tcp_link *l, int64_t now)
{
    struct tcp_link was = *l;
    tcp_abandon(tcp, l);
    note_delivered(tcp, &was, now);
}

/* --- progress --------------------------------------------------------------------------------- */

void tcp_note_progress(struct tcp *tcp, struct tcp_link *l, int64_t now)
{
    char why[64];
    int64_t tenths = (now - l->moved) / 100;
    if (l->acknowledged > tcp->furthest) {
        tcp->furthest = l->acknowledged;
        tcp->transport.progress = now;
    }
    if (!l->is_stalled || l->has_said_stalled)
        return;
    l->has_said_stalled = true;
    snprintf(why, sizeof why, "nothing taken for %lld.%llds", (long long)(tenths / 10), (long long)(tenths % 10));
    outage_stall(tcp->transport.outage, l->moved, "write", l->target->text, why);
}

/* --- failures --------------------------------------------------------------------------------- */

/* Chooses the next place. After the last one there is a pause, and then the first is next. */
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

void tcp_fail(struct tcp *tcp, struct tcp_link *l, int64_t now)
{
    bool has_it;
    struct batch *b;
    tcp_lines_finish(l);
    while ((b = tcp_link_next(l, &has_it)))
        queue_again(tcp->transport.queue, b);
    /* The messages so far are still true: the first place has failed, and another took over. */
    if (is_on_trial(tcp, l))
        outage_note_failure(tcp->transport.outage);
    else
        outage_fail(tcp->transport.outage, now, l->what, l->target->text, l->why);
    tcp->has_failed = true;
    /* Several connections that end at once are one failure. */
    if (l->attempt == tcp->attempt) {
        tcp->attempt++;
        choose_next(tcp, now);
    }
    tcp_link_end(l);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Before --settle is over, what was acknowledged may still be with a proxy that cannot pass it
 * on. It then counts as lost, not as unconfirmed. */
void tcp_give_up(struct tcp *tcp, struct tcp_link **slot, int64_t now)
{
    struct tcp_link *l = *slot;
    *slot = NULL;
    if (!l)
        return;
    enum tcp_link_result result = tcp_link_step(l, now);
    if (l->state == TCP_LINK_UP && now < tcp_settled(tcp, l))
        l->acknowledged = 0;
    if (result == TCP_LINK_ANSWERED)
        tcp_deliver(tcp, l, now);
    else if (result == TCP_LINK_FAILED)
        tcp_fail(tcp, l, now);
    else
        tcp_abandon(tcp, l);
}

/* --- the first place -------------------------------------------------------------------------- */

/* It has answered an empty connection, which does not show that it takes lines. */
static void use_first(struct tcp *tcp)
{
    tcp->place = 0;
    tcp->trial = ++tcp->attempt;
    tcp->transport.where = tcp->options.places[0].text;
    tcp->failures = 0;
}

int64_t tcp_returning_due(const struct tcp *tcp)
{
    const struct tcp_link *l = tcp->returning;
    int64_t due = tcp_link_due(l), next = INT64_MAX;
    if (l->state == TCP_LINK_UP)
        next = tcp_settled(tcp, l);
    else if (l->state == TCP_LINK_ASKING)
        next = l->moved + (tcp_link_is_acknowledged(l) ? TCP_OPEN_MAX : TCP_RETURN);
    return due < next ? due : next;
}

/* A server that acknowledges our FIN can be reached, even if it never closes its own side. */
void tcp_step_returning(struct tcp *tcp, int64_t now)
{
    struct tcp_link *l = tcp->returning;
    enum tcp_link_result result = tcp_link_step(l, now);
    if (result != TCP_LINK_FAILED && l->state == TCP_LINK_UP && now >= tcp_settled(tcp, l))
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

void tcp_keep_returning(struct tcp *tcp, int64_t now)
{
    if (!tcp->returning && tcp->place != 0 && now >= tcp->return_due && !tcp->is_hurried)
        tcp->returning = tcp_link_begin(&tcp->options.places[0], 0, tcp->transport.fd, tcp->transport.timeout, now);
}
