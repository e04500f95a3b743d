#include "receiver.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "filter/signals.h"

enum {
    BATCH = 64,             /* datagrams a system call */
    DATAGRAM_MAX = 65535,   /* bytes */
    FINISH_TIME_MAX = 1000, /* ms, where the sockets cannot be kept from taking more */
    DISCARD_MAX = 4096,     /* datagrams at a time */
    UNIX_QUEUE_MIN = 100,   /* datagrams: a shorter queue is reported */
    /* What pace.h takes a datagram's share of the queue to be; a queue of Unix datagrams has a
     * length instead of a size. */
    QUEUE_SHARE = 2048,
};

_Static_assert((int)NET_SLACK >= (int)READER_SLACK, "a datagram has too little slack");
_Static_assert((int)NET_TEXT_MAX <= (int)READER_SENDER_MAX, "an address may be too long a sender");

/* The shortest queue of the sockets, in bytes. */
static int64_t shortest_queue(const struct receiver *r)
{
    int64_t shortest = INT64_MAX;
    for (size_t i = 0; i < r->inlet_count; i++) {
        const struct net_socket *s = r->inlets[i].socket;
        int64_t queue = s->kind == NET_UDP ? net_receive_buffer(s->fd) : (int64_t)net_unix_queue() * QUEUE_SHARE;
        shortest = queue < shortest ? queue : shortest;
    }
    return shortest;
}

static void prepare_unixgram(struct receiver *r, const struct net_socket *s)
{
    unsigned queue = net_unix_queue();
    if (!r->unixgram.capacity)
        net_batch_init_unix(&r->unixgram, BATCH, DATAGRAM_MAX);
    if (!net_ask_for_senders(s->fd))
        warn_errno("%s: SO_PASSCRED", s->name);
    if (queue && queue < UNIX_QUEUE_MIN)
        warn("%s: its queue holds only %u datagrams: see sysctl net.unix.max_dgram_qlen", s->name, queue);
}

static void add_inlet(struct receiver *r, struct net_socket *s)
{
    if (s->kind == NET_UNIXGRAM)
        prepare_unixgram(r, s);
    r->inlets[r->inlet_count++] =
        (struct inlet){ .socket = s, .batch = s->kind == NET_UNIXGRAM ? &r->unixgram : &r->udp };
}

void receiver_init(struct receiver *r, struct net_sockets *sockets, const struct reader_options *options,
                   const struct connection_limits *limits, size_t room, struct out *records, struct refusals *refusals)
{
    *r = (struct receiver){ .records = records, .refusals = refusals, .room = room };
    r->failures = shortages_none;
    r->inlets = xcalloc(sockets->count, sizeof *r->inlets);
    net_batch_init(&r->udp, BATCH, DATAGRAM_MAX);
    r->batch = &r->udp;
    for (size_t i = 0; i < sockets->count; i++)
        if (!net_is_stream(sockets->list[i].kind))
            add_inlet(r, &sockets->list[i]);
    pace_init(&r->pace, shortest_queue(r));
    reader_init(&r->reader, options, records, refusals, &r->counters.reader);
    connections_init(&r->connections, sockets, limits, &r->reader, options->max_line, &r->counters, &r->failures);
}

void receiver_free(struct receiver *r)
{
    connections_free(&r->connections);
    net_batch_free(&r->udp);
    net_batch_free(&r->unixgram);
    reader_free(&r->reader);
    free(r->inlets);
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

/* True if the text has been read. */
static bool take_result(struct receiver *r, enum reader_result result)
{
    r->full = result == READER_FULL;
    r->ended = result == READER_ENOUGH || result == READER_STOPPED;
    return result == READER_DONE;
}

/* Carries on with the batch; false when it has to wait for room, or was the last. */
static bool finish_batch(struct receiver *r)
{
    while (r->in_datagram || r->next < r->batch->count) {
        if (!r->in_datagram)
            open_datagram(r, net_datagram(r->batch, r->next++));
        r->in_datagram = !take_result(r, reader_run(&r->reader));
        if (r->in_datagram)
            return false;
    }
    return true;
}

static void receive_failed(struct receiver *r, const struct net_socket *s)
{
    if (!net_error_passes(errno))
        die_errno("receive %s", s->name);
    shortage_report(&r->failures, "receive", s->name, errno);
    r->has_failed = true;
}

/* Reads a batch of a socket and carries it as far as there is room. */
static bool read_batch(struct receiver *r, struct inlet *inlet)
{
    r->batch = inlet->batch;
    int count = net_receive(r->batch, inlet->socket->fd);
    if (count < 0)
        receive_failed(r, inlet->socket);
    inlet->ready = count == BATCH;
    r->next = 0;
    r->arrival = clock_wall_ms();
    return finish_batch(r);
}

static bool read_connections(struct receiver *r)
{
    bool more = false;
    if (r->connections_ready && take_result(r, connections_round(&r->connections, &more)))
        r->connections_ready = more;
    return more && !r->full && !r->ended;
}

bool receiver_round(struct receiver *r)
{
    bool more = false;
    if (r->full || r->ended || !finish_batch(r) || !take_result(r, connections_resume(&r->connections)))
        return false;
    for (size_t i = 0; i < r->inlet_count; i++) {
        struct inlet *inlet = &r->inlets[i];
        if (!inlet->ready)
            continue;
        if (!read_batch(r, inlet))
            return false;
        more |= inlet->ready;
    }
    return read_connections(r) || (more && !r->full);
}

void receiver_discard(struct receiver *r, struct inlet *inlet)
{
    unsigned count = net_discard(inlet->socket->fd, DISCARD_MAX);
    r->counters.dropped += count;
    r->discarded += count;
}

bool receiver_is_over(const struct receiver *r)
{
    return !r->inlet_count && connections_are_over(&r->connections);
}

int64_t receiver_rest(struct receiver *r)
{
    uint64_t all = r->counters.packets - r->connections.streams.messages, datagrams = all - r->paced;
    r->paced = all;
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

void receiver_make_ready(struct receiver *r)
{
    for (size_t i = 0; i < r->inlet_count; i++)
        r->inlets[i].ready = true;
    r->connections_ready = connections_fd(&r->connections) >= 0;
}

/* True if a socket could not be read and has been waited for, so that it is worth another look. */
static bool has_waited(struct receiver *r, int64_t deadline)
{
    if (!r->has_failed || clock_monotonic_ms() >= deadline)
        return false;
    r->has_failed = false;
    shortage_pause();
    receiver_make_ready(r);
    return true;
}

static bool shut(struct receiver *r)
{
    bool is_shut = true;
    for (size_t i = 0; i < r->inlet_count; i++)
        is_shut &= net_socket_shut(r->inlets[i].socket);
    connections_shut(&r->connections);
    r->connections_ready = false;
    return is_shut;
}

/* What the connections have sent is bounded, as they are shut. True while there is more. */
static bool drain_connections(struct receiver *r)
{
    bool more = false;
    return !r->full && !r->ended && (!take_result(r, connections_drain(&r->connections, &more)) || more);
}

void receiver_finish(struct receiver *r)
{
    bool is_shut = shut(r);
    int64_t deadline = clock_monotonic_ms() + FINISH_TIME_MAX;
    bool more = true, left = true;
    receiver_make_ready(r);
    r->connections_ready = false;
    while (!r->ended && signals_deadline() != SIGNALS_AT_ONCE &&
           (r->full || left || (more && (is_shut || clock_monotonic_ms() < deadline)))) {
        if (r->full) {
            out_flush(r->records);
            r->full = false;
        }
        more = receiver_round(r) || r->full;
        left = drain_connections(r) || r->full;
        more |= has_waited(r, deadline);
        r->connections_ready = false;
    }
}

int64_t receiver_keep(struct receiver *r)
{
    if (r->full || r->ended || r->in_datagram || r->next < r->batch->count || r->connections.current)
        return INT64_MAX;
    int64_t due = connections_keep(&r->connections, clock_monotonic_ms());
    r->ended = r->reader.stopped;
    return due;
}

uint64_t receiver_count_drops(struct receiver *r)
{
    uint64_t drops = 0;
    for (size_t i = 0; i < r->inlet_count; i++)
        drops += net_new_drops(r->inlets[i].socket);
    r->counters.dropped += drops;
    return drops;
}
