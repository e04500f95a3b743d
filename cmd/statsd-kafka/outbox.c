#include "outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "put.h"

enum {
    MESSAGE_ROOM = 1024, /* bytes that a message begins with */
    MESSAGE_COST = 1024, /* bytes that one costs beside its lines: ours, and librdkafka's */
    MARK_EVERY = 1000,   /* ms */
    BLOCKED = 100,       /* ms until a full queue of librdkafka's is tried again */
    AGAIN = 1000,        /* ms from a refusal to the next attempt */
};

static void delivery_report(rd_kafka_t *rk, const rd_kafka_message_t *report, void *opaque);

void outbox_open(struct outbox *o, const struct config *config)
{
    static const struct client_property usual[] = { { "compression.codec", "lz4" },
                                                    { "linger.ms", "0" },
                                                    { "reconnect.backoff.max.ms", "2000" },
                                                    { "queue.buffering.max.messages", "10000000" },
                                                    { "queue.buffering.max.kbytes", "2147483647" },
                                                    { NULL, NULL } };
    static const struct client_property fixed[] = {
        { "enable.idempotence", "true" }, { "acks", "all" }, { "message.timeout.ms", "0" }, { NULL, NULL }
    };
    *o = (struct outbox){ .report = CLIENT_REPORT,
                          .name = config->topic,
                          .batch = config->put.batch,
                          .limit = config->filter.buffer,
                          .linger = config->put.linger,
                          .mark = OUTBOX_NO_MARK,
                          .refused = { .what = "messages to be sent again" } };
    message_source(o->source);
    rd_kafka_conf_t *conf = client_properties(config, usual, fixed, &o->report);
    rd_kafka_conf_set_dr_msg_cb(conf, delivery_report);
    o->rk = client_open(RD_KAFKA_PRODUCER, conf);
}

void outbox_begin(struct outbox *o, int32_t partitions, int64_t now)
{
    o->topic = rd_kafka_topic_new(o->rk, o->name, NULL);
    if (!o->topic)
        die("topic %s: %s", o->name, rd_kafka_err2str(rd_kafka_last_error()));
    o->partitions = partitions;
    o->lanes = xcalloc((size_t)partitions, sizeof *o->lanes);
    for (int32_t i = 0; i < partitions; i++)
        o->lanes[i] = (struct lane){ .partition = i, .closed = now, .mark = OUTBOX_NO_MARK };
}

/* --- messages --------------------------------------------------------------------------------- */

static struct outbox_message *message_new(struct outbox *o, struct lane *lane)
{
    struct outbox_message *m = xcalloc(1, sizeof *m);
    m->lane = lane;
    m->number = ++lane->numbers;
    o->held += MESSAGE_COST;
    return m;
}

static void message_free(struct outbox *o, struct outbox_message *m)
{
    o->held -= MESSAGE_COST + m->capacity;
    free(m->bytes);
    free(m);
}

static void message_put(struct outbox *o, struct outbox_message *m, struct span line)
{
    size_t needed = m->length + line.length + 1;
    if (needed > m->capacity) {
        size_t capacity = m->capacity ? 2 * m->capacity : MESSAGE_ROOM;
        capacity = capacity < needed ? needed : capacity;
        o->held += capacity - m->capacity;
        m->bytes = xreallocarray(m->bytes, capacity, 1);
        m->capacity = capacity;
    }
    memcpy(m->bytes + m->length, line.text, line.length);
    m->bytes[needed - 1] = '\n';
    m->length = needed;
}

/* --- sending ---------------------------------------------------------------------------------- */

static void say_broken(struct outbox *o)
{
    char reason[512];
    if (!o->is_broken && rd_kafka_fatal_error(o->rk, reason, sizeof reason)) {
        o->is_broken = true;
        say("topic %s: %s", o->name, reason);
    }
}

static void complain_refused(struct outbox *o, const struct lane *lane, rd_kafka_resp_err_t error)
{
    complain(&o->refused, "topic %s, partition %d: %s: trying again", o->name, (int)lane->partition,
             rd_kafka_err2str(error));
}

/* Gives a message to librdkafka, which reads its bytes until the delivery report. */
static rd_kafka_resp_err_t produce(struct outbox *o, struct outbox_message *m)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(3);
    rd_kafka_header_add(headers, MESSAGE_SOURCE, -1, o->source, -1);
    if (m->mark_length)
        rd_kafka_header_add(headers, MESSAGE_MARK, -1, m->mark, (ssize_t)m->mark_length);
    if (m->is_end)
        rd_kafka_header_add(headers, MESSAGE_END, -1, "", 0);
    rd_kafka_resp_err_t error = rd_kafka_producev(
        o->rk, RD_KAFKA_V_RKT(o->topic), RD_KAFKA_V_PARTITION(m->lane->partition),
        RD_KAFKA_V_VALUE(m->bytes, m->length), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(m), RD_KAFKA_V_END);
    if (error)
        rd_kafka_headers_destroy(headers);
    return error;
}

/* A refused produce leaves the message where it is. */
static void note_refusal(struct outbox *o, struct lane *lane, rd_kafka_resp_err_t error, int64_t now)
{
    if (error == RD_KAFKA_RESP_ERR__FATAL) {
        say_broken(o);
    } else if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        o->is_blocked = true;
    } else {
        lane->again = now + AGAIN;
        complain_refused(o, lane, error);
    }
}

/* After a refusal, all that was sent with it comes back first. */
static bool may_send(const struct lane *lane, int64_t now)
{
    return !lane->again || (!lane->sent && now >= lane->again);
}

static void send_lane(struct outbox *o, struct lane *lane, int64_t now)
{
    if (!lane->first || !may_send(lane, now))
        return;
    lane->again = 0;
    while (lane->first && !o->is_broken && !o->is_blocked && !lane->again) {
        struct outbox_message *m = lane->first, *next = m->next;
        rd_kafka_resp_err_t error = produce(o, m);
        if (error) {
            note_refusal(o, lane, error, now);
            return;
        }
        lane->first = next;
        lane->sent++;
    }
}

/* Puts a message back to its place by number. */
static void put_back(struct lane *lane, struct outbox_message *m)
{
    struct outbox_message **at = &lane->first;
    while (*at && (*at)->number < m->number)
        at = &(*at)->next;
    m->next = *at;
    *at = m;
    if (!m->next)
        lane->last = m;
}

static void acknowledge(struct outbox *o, struct outbox_message *m)
{
    o->waiting--;
    o->delivered += m->records;
    o->undelivered -= m->records;
    client_is_back(&o->report);
    message_free(o, m);
}

static void delivery_report(rd_kafka_t *rk, const rd_kafka_message_t *report, void *opaque)
{
    struct outbox *o = opaque;
    struct outbox_message *m = report->_private;
    (void)rk;
    m->lane->sent--;
    if (!report->err) {
        acknowledge(o, m);
        return;
    }
    put_back(m->lane, m);
    if (o->is_closing)
        return;
    if (report->err == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_fatal_error(o->rk, NULL, 0)) {
        say_broken(o);
        return;
    }
    m->lane->again = clock_monotonic_ms() + AGAIN;
    complain_refused(o, m->lane, report->err);
}

/* --- closing ---------------------------------------------------------------------------------- */

static void close_message(struct outbox *o, struct lane *lane, struct outbox_message *m, int64_t now)
{
    if (o->mark != OUTBOX_NO_MARK)
        m->mark_length = message_write_mark(o->mark, m->mark);
    lane->mark = o->mark;
    lane->closed = now;
    if (lane->first)
        lane->last->next = m;
    else
        lane->first = m;
    lane->last = m;
    o->waiting++;
    send_lane(o, lane, now);
}

static void close_open(struct outbox *o, struct lane *lane, int64_t now)
{
    struct outbox_message *m = lane->open;
    lane->open = NULL;
    if (m)
        close_message(o, lane, m, now);
}

void outbox_add(struct outbox *o, int32_t partition, struct span line, unsigned records, int64_t now)
{
    struct lane *lane = &o->lanes[partition];
    if (lane->open && lane->open->length + line.length >= o->batch)
        close_open(o, lane, now);
    if (!lane->open) {
        lane->open = message_new(o, lane);
        lane->opened = now;
    }
    message_put(o, lane->open, line);
    lane->open->records += records;
    o->undelivered += records;
}

/* Returns when the lane has to be looked at again. */
static int64_t step_lane(struct outbox *o, struct lane *lane, int64_t now)
{
    if (lane->open && now >= lane->opened + o->linger)
        close_open(o, lane, now);
    else if (!lane->open && o->mark > lane->mark && now >= lane->closed + MARK_EVERY)
        close_message(o, lane, message_new(o, lane), now);
    else
        send_lane(o, lane, now);
    if (lane->open)
        return lane->opened + o->linger;
    if (lane->again && lane->again > now)
        return lane->again;
    return o->mark > lane->mark ? lane->closed + MARK_EVERY : INT64_MAX;
}

int64_t outbox_step(struct outbox *o, int64_t now)
{
    int64_t due = INT64_MAX;
    rd_kafka_poll(o->rk, 0);
    o->is_blocked = false;
    for (int32_t i = 0; i < o->partitions; i++) {
        int64_t lane_due = step_lane(o, &o->lanes[i], now);
        due = lane_due < due ? lane_due : due;
    }
    return o->is_blocked && now + BLOCKED < due ? now + BLOCKED : due;
}

void outbox_end(struct outbox *o, int64_t now)
{
    for (int32_t i = 0; i < o->partitions; i++) {
        close_open(o, &o->lanes[i], now);
        if (o->mark == OUTBOX_NO_MARK)
            continue;
        struct outbox_message *last = message_new(o, &o->lanes[i]);
        last->is_end = true;
        close_message(o, &o->lanes[i], last, now);
    }
}

static bool has_sent(const struct outbox *o)
{
    for (int32_t i = 0; i < o->partitions; i++)
        if (o->lanes[i].sent)
            return true;
    return false;
}

static void free_lane(struct outbox *o, struct lane *lane)
{
    while (lane->first) {
        struct outbox_message *m = lane->first;
        lane->first = m->next;
        message_free(o, m);
    }
    if (lane->open)
        message_free(o, lane->open);
}

void outbox_close(struct outbox *o)
{
    enum { PURGE_TURNS = 20, PURGE_TURN = 50 /* ms */ };
    o->is_closing = true;
    if (has_sent(o))
        rd_kafka_purge(o->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    for (int i = 0; i < PURGE_TURNS && has_sent(o); i++)
        rd_kafka_poll(o->rk, PURGE_TURN);
    bool is_clean = !has_sent(o);
    if (o->topic)
        rd_kafka_topic_destroy(o->topic);
    /* Without all reports, librdkafka may still read the messages. */
    if (is_clean)
        rd_kafka_destroy(o->rk);
    for (int32_t i = 0; i < o->partitions && is_clean; i++)
        free_lane(o, &o->lanes[i]);
    free(o->lanes);
}
