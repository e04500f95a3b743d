/* outbox: lines → messages → a topic. Every message is held until the broker has acknowledged it.
 *
 * Each partition has a lane. A lane has an open message, to which lines are added, and the closed
 * messages, in order. librdkafka gets as many closed messages as it takes, and sends them in order,
 * each once. A message that the broker has refused returns to its place by its number and is sent
 * again after a pause, so it comes after the messages that were sent with it. Nothing is dropped.
 *
 * The outbox owns the memory of the messages. Its owner bounds it by adding nothing while
 * outbox_is_full. librdkafka has buffers of its own, of at most five requests for each broker. */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/span.h"
#include "client.h"
#include "message.h"

#define OUTBOX_NO_MARK INT64_MIN

struct outbox_message {
    struct outbox_message *next; /* closed messages of the lane that librdkafka does not have */
    struct lane *lane;
    uint64_t number; /* in its lane, from 1 */
    uint64_t records;
    bool is_end;
    char mark[CLOCK_TEXT_MAX];
    size_t mark_length; /* 0: without a mark */
    char *bytes;
    size_t length, capacity;
};

struct lane {
    int32_t partition;
    uint64_t numbers;                    /* how many messages it has had */
    struct outbox_message *open;         /* takes lines, or NULL */
    int64_t opened;                      /* monotonic ms */
    struct outbox_message *first, *last; /* closed messages that librdkafka does not have */
    size_t sent;                         /* how many messages librdkafka has */
    int64_t again;                       /* monotonic ms: gets nothing before; 0: is not failing */
    int64_t closed;                      /* monotonic ms: when its last message was closed */
    int64_t mark;                        /* of its last message */
};

struct outbox {
    struct client_report report; /* the first, as client.h wants it */
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    const char *name; /* the topic's */
    size_t batch, limit;
    int64_t linger;
    struct lane *lanes;
    int32_t partitions;
    int64_t mark;                    /* ms since 1970: the newest time read; OUTBOX_NO_MARK: of none */
    size_t held;                     /* bytes */
    uint64_t waiting;                /* messages that are not acknowledged, without the open ones */
    uint64_t delivered, undelivered; /* records */
    bool is_blocked;                 /* librdkafka's queue is full */
    bool is_closing;
    bool is_broken; /* librdkafka can't go on, as it was reported */
    char source[MESSAGE_SOURCE_MAX];
    struct complaint refused;
};

/* Sets the fields that do not depend on the number of partitions and opens the client; config must
 * outlive the outbox. */
void outbox_open(struct outbox *o, const struct config *config);

/* Begins with the topic's number of partitions. now is monotonic ms here and below. */
void outbox_begin(struct outbox *o, int32_t partitions, int64_t now);

/* Adds a line, which gets an LF, to the message of a partition; records is 1, or 0 for one that is
 * not counted. */
void outbox_add(struct outbox *o, int32_t partition, struct span line, unsigned records, int64_t now);

/* True while the memory is used up. */
static inline bool outbox_is_full(const struct outbox *o)
{
    return o->held >= o->limit;
}

/* Closes messages that have been open for --linger, gives marks to lanes that have been idle for a
 * second, takes acknowledgements, and gives messages to librdkafka. Returns when it must be called
 * again at the latest (monotonic ms), or INT64_MAX. */
int64_t outbox_step(struct outbox *o, int64_t now);

/* Closes every message that is open and adds the last one, an `end`, to each lane. */
void outbox_end(struct outbox *o, int64_t now);

/* Drops the messages that were not acknowledged, and closes the client. */
void outbox_close(struct outbox *o);

#endif
