#include "topics.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "filter/signals.h"

enum {
    ANSWER = 5000, /* ms */
    TURN = 100,    /* ms */
    NEW = 3000,    /* ms for which a topic that was just made may be unknown to a broker */
    TOPICS = 2,
};

/* What a topic must be, and how it is. */
struct topic {
    char *name;
    const char *property, *expected;
    char value[64];
    bool exists;
    int64_t until; /* monotonic ms: it may be new, and is asked for again if it is unknown */
    int32_t partitions;
    int replicas;
};

static struct topic topic_of(const char *name, const char *suffix, const char *property, const char *expected)
{
    struct topic t = { .property = property, .expected = expected };
    size_t size = strlen(name) + strlen(suffix) + 1;
    t.name = xmalloc(size);
    snprintf(t.name, size, "%s%s", name, suffix);
    return t;
}

/* True once a signal has come, and there is no time left for an answer. */
static bool has_signal(void)
{
    return clock_monotonic_ms() >= signals_deadline();
}

/* True for what is over when the brokers are there. */
static bool is_temporary(rd_kafka_resp_err_t error)
{
    switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS: return true;
    default: return false;
    }
}

/* --- the answers ------------------------------------------------------------------------------ */

static void take_configuration(struct topic *t, const rd_kafka_ConfigResource_t *resource)
{
    rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(resource);
    size_t count;
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return;
    if (error)
        die("topic %s: %s", t->name, rd_kafka_ConfigResource_error_string(resource));
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; i < count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), t->property) == 0)
            snprintf(t->value, sizeof t->value, "%s", value ? value : "");
    }
    t->exists = true;
}

/* Sets whether each exists, and its property. False: no answer yet. */
static bool take_event(rd_kafka_event_t *event, struct topic *topics)
{
    size_t count;
    rd_kafka_resp_err_t error = rd_kafka_event_error(event);
    if (is_temporary(error))
        return false;
    if (error)
        die("describe topics: %s", rd_kafka_event_error_string(event));
    const rd_kafka_DescribeConfigs_result_t *result = rd_kafka_event_DescribeConfigs_result(event);
    const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
    for (size_t i = 0; i < count; i++)
        if (is_temporary(rd_kafka_ConfigResource_error(resources[i])))
            return false;
    for (size_t i = 0; i < count; i++)
        for (struct topic *t = topics; t < topics + TOPICS; t++)
            if (strcmp(rd_kafka_ConfigResource_name(resources[i]), t->name) == 0)
                take_configuration(t, resources[i]);
    return true;
}

static bool ask_configurations(rd_kafka_t *rk, rd_kafka_queue_t *answers, struct topic *topics)
{
    rd_kafka_ConfigResource_t *resources[TOPICS];
    rd_kafka_event_t *event = NULL;
    bool is_answered = false;
    char reason[256];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    if (rd_kafka_AdminOptions_set_request_timeout(options, ANSWER, reason, sizeof reason))
        die("describe topics: %s", reason);
    for (int i = 0; i < TOPICS; i++)
        resources[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics[i].name);
    rd_kafka_DescribeConfigs(rk, resources, TOPICS, options, answers);
    while (!event && !has_signal()) {
        rd_kafka_poll(rk, 0);
        event = rd_kafka_queue_poll(answers, TURN);
    }
    if (event)
        is_answered = take_event(event, topics);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy_array(resources, TOPICS);
    rd_kafka_AdminOptions_destroy(options);
    return is_answered;
}

/* True for what is over soon. */
static bool may_pass(const struct topic *t, rd_kafka_resp_err_t error)
{
    return is_temporary(error) || (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && clock_monotonic_ms() < t->until);
}

/* The topic exists, so that asking for it makes none. False: no answer yet. */
static bool ask_partitions(rd_kafka_t *rk, struct topic *t, int patience)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, t->name, NULL);
    if (!topic)
        die("topic %s: %s", t->name, rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_resp_err_t error = rd_kafka_metadata(rk, 0, topic, &metadata, patience);
    rd_kafka_topic_destroy(topic);
    if (error && !is_temporary(error))
        die("topic %s: %s", t->name, rd_kafka_err2str(error));
    if (error)
        return false;
    error = metadata->topic_cnt ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    t->partitions = error ? 0 : metadata->topics[0].partition_cnt;
    t->replicas = t->partitions ? metadata->topics[0].partitions[0].replica_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    if (error && !may_pass(t, error))
        die("topic %s: %s", t->name, rd_kafka_err2str(error));
    return t->partitions > 0;
}

/* Asks until the topics are there: those that may be new, for a while. False: a signal came. */
static bool wait_for_configurations(rd_kafka_t *rk, struct topic *topics)
{
    rd_kafka_queue_t *answers = rd_kafka_queue_new(rk);
    bool is_known = false;
    int64_t until = 0;
    while (!is_known && !has_signal()) {
        is_known = ask_configurations(rk, answers, topics);
        int64_t now = clock_monotonic_ms();
        if (is_known && !until)
            topics[0].until = topics[1].until = until = now + NEW;
        if (is_known && now < until && !(topics[0].exists && topics[1].exists)) {
            is_known = false;
            rd_kafka_poll(rk, TURN);
        }
    }
    rd_kafka_queue_destroy(answers);
    return is_known && !has_signal();
}

/* --- the verdict ------------------------------------------------------------------------------ */

static const char *command_of(const char *program, const struct config *config)
{
    static char text[1024];
    snprintf(text, sizeof text, "%s --bootstrap-server %s", program, config->brokers);
    return text;
}

static _Noreturn void die_missing(const struct topic *t, const struct topic *like, const struct config *config)
{
    char number[32] = "N", replicas[32] = "N";
    if (like->partitions) {
        snprintf(number, sizeof number, "%d", like->partitions);
        snprintf(replicas, sizeof replicas, "%d", like->replicas);
    }
    die("there is no topic %s: run %s --create --topic %s --partitions %s --replication-factor %s --config %s=%s",
        t->name, command_of("kafka-topics.sh", config), t->name, number, replicas, t->property, t->expected);
}

static _Noreturn void die_number(const struct topic *t, const struct topic *state, const struct config *config)
{
    const char *kafka_topics = command_of("kafka-topics.sh", config);
    if (state->partitions < t->partitions)
        die("topic %s has %d partitions and %s %d: run %s --alter --topic %s --partitions %d", t->name, t->partitions,
            state->name, state->partitions, kafka_topics, state->name, t->partitions);
    die("topic %s has %d partitions and %s %d: run %s --delete --topic %s and start again", t->name, t->partitions,
        state->name, state->partitions, kafka_topics, state->name);
}

static void check_value(const struct topic *t, const struct config *config)
{
    if (strcmp(t->value, t->expected) != 0)
        die("topic %s has %s=%s: run %s --alter --entity-type topics --entity-name %s --add-config %s=%s", t->name,
            t->property, t->value, command_of("kafka-configs.sh", config), t->name, t->property, t->expected);
}

static void judge(const struct topic *t, const struct topic *state, const struct config *config)
{
    if (!state->exists)
        die_missing(state, t, config);
    check_value(t, config);
    check_value(state, config);
    if (t->partitions != state->partitions)
        die_number(t, state, config);
}

int32_t topics_check(rd_kafka_t *rk, const struct config *config, struct client_report *report)
{
    struct topic topics[TOPICS] = {
        topic_of(config->topic, "", "message.timestamp.type", "LogAppendTime"),
        topic_of(config->topic, "-state", "cleanup.policy", "compact"),
    };
    if (wait_for_configurations(rk, topics) && !topics[0].exists)
        die_missing(&topics[0], &topics[0], config);
    for (struct topic *t = topics; t < topics + TOPICS; t++)
        while (t->exists && !has_signal() && !ask_partitions(rk, t, TURN))
            rd_kafka_poll(rk, TURN);
    if (!has_signal()) {
        client_is_back(report);
        judge(&topics[0], &topics[1], config);
    }
    for (struct topic *t = topics; t < topics + TOPICS; t++)
        free(t->name);
    return has_signal() ? 0 : topics[0].partitions;
}

int32_t topics_partitions(rd_kafka_t *rk, const struct config *config, int patience)
{
    struct topic t = topic_of(config->topic, "", "", "");
    int64_t begun = clock_monotonic_ms();
    t.until = begun + NEW;
    while (!ask_partitions(rk, &t, TURN)) {
        if (clock_monotonic_ms() > begun + patience)
            die("topic %s: %s does not answer", t.name, config->brokers);
        poll(NULL, 0, TURN);
    }
    free(t.name);
    return t.partitions;
}
