#include "run/group.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "run/work.h"

enum { LEAVE_MOST = 3000 /* ms */, LEAVE_TURN = 50 /* ms */ };

/* Reports an error of a call, and frees it. */
static void warn_of(const struct shared *s, const char *what, rd_kafka_error_t *error)
{
    if (!error)
        return;
    warn("group %s: %s: %s", s->options.group, what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

void shared_assign_again(struct shared *s, int32_t partition, int64_t offset)
{
    rd_kafka_topic_partition_list_t *one = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(one, s->options.topic, partition)->offset = offset;
    warn_of(s, "unassign", rd_kafka_incremental_unassign(s->consumer, one));
    warn_of(s, "assign", rd_kafka_incremental_assign(s->consumer, one));
    rd_kafka_topic_partition_list_destroy(one);
}

/* --- what the group asks for ------------------------------------------------------------------ */

static void add_work(struct shared *s, struct work *w)
{
    if (s->work_count == s->work_capacity) {
        s->work_capacity = 2 * s->work_capacity + 8;
        s->works = xreallocarray(s->works, s->work_capacity, sizeof(struct work *));
    }
    s->works[s->work_count++] = w;
}

static void end_work(struct shared *s, int32_t partition)
{
    for (size_t i = 0; i < s->work_count; i++)
        if (s->works[i]->partition == partition) {
            work_end(s->works[i]);
            s->works[i] = s->works[--s->work_count];
            return;
        }
}

static void take_partitions(struct shared *s, rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        int64_t began = clock_monotonic_ms();
        struct work *w = work_begin(s, list->elems[i].partition, &list->elems[i].offset);
        add_work(s, w);
        if (die_verbosity() > 0)
            say("partition %" PRId32 ": begins at offset %" PRId64 ", %.1f s", w->partition, w->next < 0 ? 0 : w->next,
                (double)(clock_monotonic_ms() - began) / 1000);
    }
    warn_of(s, "assign", rd_kafka_incremental_assign(s->consumer, list));
}

/* Nothing of a partition runs here any more when another process gets it. */
static void let_go(struct shared *s, rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        end_work(s, list->elems[i].partition);
        if (die_verbosity() > 0)
            say("partition %" PRId32 ": ends", list->elems[i].partition);
    }
    warn_of(s, "unassign", rd_kafka_incremental_unassign(s->consumer, list));
}

static void rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t *list,
                      void *opaque)
{
    struct shared *s = opaque;
    (void)consumer;
    if (event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        client_is_back(&s->report);
        take_partitions(s, list);
        return;
    }
    if (event != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
        complain(&s->report.errors, "group %s: %s", s->options.group, rd_kafka_err2str(event));
    let_go(s, list);
}

/* --- the consumer ----------------------------------------------------------------------------- */

void group_open(struct shared *s, const struct config *config)
{
    static const struct client_property usual[] = { { "queued.max.messages.kbytes", "16384" }, { NULL, NULL } };
    const struct client_property fixed[] = {
        { "group.id", config->run.group },
        { "partition.assignment.strategy", "cooperative-sticky" },
        { "enable.auto.commit", "false" },
        { "enable.auto.offset.store", "false" },
        { "enable.partition.eof", "false" },
        { "auto.offset.reset", "error" },
        { NULL, NULL },
    };
    rd_kafka_conf_t *properties = client_properties(config, usual, fixed, &s->report);
    rd_kafka_conf_set_rebalance_cb(properties, rebalance);
    rd_kafka_conf_set_opaque(properties, s);
    s->consumer = client_open(RD_KAFKA_CONSUMER, properties);
    rd_kafka_poll_set_consumer(s->consumer);
}

void group_join(struct shared *s)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, s->options.topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(s->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (error)
        die("group %s: subscribe: %s", s->options.group, rd_kafka_err2str(error));
}

static void take_error(struct shared *s, const rd_kafka_message_t *message)
{
    char reason[512];
    rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(s->consumer, reason, sizeof reason);
    if (fatal) {
        say("group %s: %s", s->options.group, reason);
        s->has_failed = true;
    } else {
        complain(&s->report.errors, "group %s: %s", s->options.group, rd_kafka_message_errstr(message));
    }
}

/* The messages of partitions are in queues of their own: what comes here are errors. */
void group_step(struct shared *s)
{
    rd_kafka_message_t *message;
    while (!s->has_failed && (message = rd_kafka_consumer_poll(s->consumer, 0)) != NULL) {
        if (message->err)
            take_error(s, message);
        rd_kafka_message_destroy(message);
    }
}

/* Leaving is a courtesy: the others need not wait until this member is thought dead. Brokers that
 * hold it up are not waited for. The consumer is not destroyed: version 2.0.2 aborts in there if it
 * has led no assignment (librdkafka issue 4312), and the process ends anyway. */
void group_leave(struct shared *s)
{
    while (s->work_count)
        end_work(s, s->works[0]->partition);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(s->consumer);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(s->consumer, queue);
    int64_t end = clock_monotonic_ms() + LEAVE_MOST;
    while (!error && !rd_kafka_consumer_closed(s->consumer) && clock_monotonic_ms() < end) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(s->consumer, LEAVE_TURN);
        if (message)
            rd_kafka_message_destroy(message);
    }
    warn_of(s, "leave", error);
    rd_kafka_queue_destroy(queue);
}
