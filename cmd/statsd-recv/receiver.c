#include "receiver.h"

#include <errno.h>

#include "base/clock.h"
#include "base/die.h"
#include "filter/signals.h"

enum {
    BATCH = 64,             /* datagrams a system call */
    DATAGRAM_MAX = 65535,   /* bytes */
    FINISH_TIME_MAX = 1000, /* ms, where the sockets cannot be kept from taking more */
};

_Static_assert((int)NET_SLACK >= (int)READER_SLACK, "a datagram has too little slack");
_Static_assert((int)NET_TEXT_MAX <= (int)READER_SENDER_MAX, "an address may be too long a sender");

void receiver_init(struct receiver *r, const struct udp *udp, const struct reader_options *options, size_t room,
                   struct out *records, struct refusals *refusals)
{
    *r = (struct receiver){ .udp = *udp, .records = records, .refusals = refusals, .room = room };
    r->failures = shortages_none;
    net_batch_init(&r->batch, BATCH, DATAGRAM_MAX);
    pace_init(&r->pace, udp_shortest_queue(udp));
    reader_init(&r->reader, options, records, refusals, &r->counters.reader);
}

void receiver_free(struct receiver *r)
{
    udp_close(&r->udp);
    net_batch_free(&r->batch);
    reader_free(&r->reader);
}

static size_t sender_text(const void *sender, char *text)
{
    return net_text(sender, text);
}

static void open_datagram(struct receiver *r, struct net_datagram datagram)
{
    struct reader_text text = {
        .text = datagram.text,
        .end = datagram.text + datagram.length,
        .tail = datagram.truncated ? READER_TAIL_LOST : READER_TAIL_LINE,
    };
    struct reader_origin origin = { .sender_text = sender_text, .sender = datagram.sender };
    r->counters.packets++;
    reader_open(&r->reader, text, r->arrival, origin);
}

/* Carries on with the batch; false when it has to wait for room, or was the last. */
static bool finish_batch(struct receiver *r)
{
    while (r->in_datagram || r->next < r->batch.count) {
        if (!r->in_datagram)
            open_datagram(r, net_datagram(&r->batch, r->next++));
        enum reader_result result = reader_run(&r->reader);
        r->in_datagram = result != READER_DONE;
        r->full = result == READER_FULL;
        r->ended = result == READER_ENOUGH || result == READER_STOPPED;
        if (r->in_datagram)
            return false;
    }
    return true;
}

static void receive_failed(struct receiver *r, const struct udp_socket *s)
{
    if (!net_error_passes(errno))
        die_errno("receive %s", s->name);
    shortage_report(&r->failures, "receive", s->name, errno);
    r->has_failed = true;
}

/* Reads a batch of a socket and carries it as far as there is room. */
static bool read_batch(struct receiver *r, struct udp_socket *s)
{
    int count = net_receive(&r->batch, s->fd);
    if (count < 0)
        receive_failed(r, s);
    s->ready = count == BATCH;
    r->next = 0;
    r->arrival = clock_wall_ms();
    return finish_batch(r);
}

bool receiver_round(struct receiver *r)
{
    bool more = false;
    if (r->full || r->ended || !finish_batch(r))
        return false;
    for (size_t i = 0; i < r->udp.count; i++) {
        struct udp_socket *s = &r->udp.sockets[i];
        if (!s->ready)
            continue;
        if (!read_batch(r, s))
            return false;
        more |= s->ready;
    }
    return more;
}

int64_t receiver_rest(struct receiver *r)
{
    uint64_t datagrams = r->counters.packets - r->paced;
    r->paced = r->counters.packets;
    if (r->has_failed) {
        r->has_failed = false;
        return SHORTAGE_PAUSE * 1000;
    }
    return pace_rest(&r->pace, clock_monotonic_us(), datagrams);
}

bool receiver_drained(struct receiver *r)
{
    bool was_full = r->full;
    r->full = r->full && out_pending(r->records) > r->room / 2;
    return was_full && !r->full;
}

static void make_ready(struct receiver *r)
{
    for (size_t i = 0; i < r->udp.count; i++)
        r->udp.sockets[i].ready = true;
}

/* True if a socket could not be read and has been waited for, so that it is worth another look. */
static bool has_waited(struct receiver *r, int64_t deadline)
{
    if (!r->has_failed || clock_monotonic_ms() >= deadline)
        return false;
    r->has_failed = false;
    shortage_pause();
    make_ready(r);
    return true;
}

void receiver_finish(struct receiver *r)
{
    bool closed = udp_stop_arrivals(&r->udp);
    int64_t deadline = clock_monotonic_ms() + FINISH_TIME_MAX;
    bool more = true;
    make_ready(r);
    while (!r->ended && signals_deadline() != SIGNALS_AT_ONCE &&
           (r->full || (more && (closed || clock_monotonic_ms() < deadline)))) {
        if (r->full) {
            out_flush(r->records);
            r->full = false;
        }
        more = receiver_round(r) || r->full;
        more |= has_waited(r, deadline);
    }
}

uint64_t receiver_count_drops(struct receiver *r)
{
    uint64_t drops = udp_new_drops(&r->udp);
    r->counters.dropped += drops;
    return drops;
}
