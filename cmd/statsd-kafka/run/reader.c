#include "run/reader.h"

#include <inttypes.h>

#include "base/die.h"

enum { PATIENCE = 2000 /* ms */, TURN = 200 /* ms */ };

/* Sets a property whose value is good. */
static void set(rd_kafka_conf_t *configuration, const char *name, const char *value)
{
    char reason[512];
    if (rd_kafka_conf_set(configuration, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        die("%s=%s: %s", name, value, reason);
}

void reader_configure(rd_kafka_conf_t *configuration)
{
    set(configuration, "enable.partition.eof", "true");
    set(configuration, "enable.auto.commit", "false");
    set(configuration, "auto.offset.reset", "earliest");
    set(configuration, "fetch.wait.max.ms", "100");
}

/* Sets *end to the offset after the last message. */
static bool ask_for_end(const struct reader *r, int32_t partition, int64_t *start, int64_t *end)
{
    const char *name = rd_kafka_topic_name(r->topic);
    for (bool is_said = false; !r->is_ending(); is_said = true) {
        rd_kafka_resp_err_t error =
            rd_kafka_query_watermark_offsets(r->consumer, name, partition, start, end, PATIENCE);
        if (!error)
            return true;
        if (!is_said)
            warn("%s, partition %" PRId32 ": its end is not known yet: %s", name, partition, rd_kafka_err2str(error));
    }
    return false;
}

static void take(const rd_kafka_message_t *message, struct shelf *shelf)
{
    const struct span key = { message->key, message->key_len }, value = { message->payload, message->len };
    if (message->key)
        shelf_take(shelf, key, value);
}

/* Compaction may have removed any message but the last. */
static bool read_to(const struct reader *r, int32_t partition, int64_t end, struct shelf *shelf)
{
    bool is_said = false;
    for (bool is_over = false; !is_over && !r->is_ending();) {
        rd_kafka_message_t *message = rd_kafka_consume(r->topic, partition, TURN);
        if (!message)
            continue;
        if (!message->err) {
            take(message, shelf);
        } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF && !is_said) {
            warn("%s, partition %" PRId32 ": %s", rd_kafka_topic_name(r->topic), partition,
                 rd_kafka_message_errstr(message));
            is_said = true;
        }
        is_over = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ? message->offset >= end
                                                                   : !message->err && message->offset >= end - 1;
        rd_kafka_message_destroy(message);
    }
    return !r->is_ending();
}

bool reader_read(struct reader *r, int32_t partition, struct shelf *shelf)
{
    int64_t start, end;
    if (!ask_for_end(r, partition, &start, &end))
        return false;
    if (start >= end)
        return true;
    if (rd_kafka_consume_start(r->topic, partition, RD_KAFKA_OFFSET_BEGINNING) < 0)
        die("%s, partition %" PRId32 ": %s", rd_kafka_topic_name(r->topic), partition,
            rd_kafka_err2str(rd_kafka_last_error()));
    bool is_read = read_to(r, partition, end, shelf);
    rd_kafka_consume_stop(r->topic, partition);
    return is_read;
}
