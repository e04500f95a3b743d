#include "run/reader.h"

#include <inttypes.h>

#include "base/clock.h"
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

static void take(const rd_kafka_message_t *message, struct shelf *shelf)
{
    const struct span key = { message->key, message->key_len }, value = { message->payload, message->len };
    if (message->key)
        shelf_take(shelf, key, value);
}

static void warn_once(const struct reader *r, int32_t partition, bool *is_said, const char *reason)
{
    if (!*is_said)
        warn("%s, partition %" PRId32 ": its end is not known yet: %s", rd_kafka_topic_name(r->topic), partition,
             reason);
    *is_said = true;
}

/* The end is where the broker has no more to give. To ask for its offset instead would wait for a
 * mute broker without hearing signals. */
static bool read_to_end(const struct reader *r, int32_t partition, struct shelf *shelf)
{
    int64_t patience = clock_monotonic_ms() + PATIENCE;
    bool is_said = false;
    for (bool is_over = false; !is_over && !r->is_ending();) {
        rd_kafka_message_t *message = rd_kafka_consume(r->topic, partition, TURN);
        if (!message) {
            if (clock_monotonic_ms() >= patience)
                warn_once(r, partition, &is_said, "no answer");
            continue;
        }
        patience = clock_monotonic_ms() + PATIENCE;
        is_over = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        if (!message->err)
            take(message, shelf);
        else if (!is_over)
            warn_once(r, partition, &is_said, rd_kafka_message_errstr(message));
        rd_kafka_message_destroy(message);
    }
    return !r->is_ending();
}

bool reader_read(struct reader *r, int32_t partition, struct shelf *shelf)
{
    if (rd_kafka_consume_start(r->topic, partition, RD_KAFKA_OFFSET_BEGINNING) < 0)
        die("%s, partition %" PRId32 ": %s", rd_kafka_topic_name(r->topic), partition,
            rd_kafka_err2str(rd_kafka_last_error()));
    bool is_read = read_to_end(r, partition, shelf);
    rd_kafka_consume_stop(r->topic, partition);
    return is_read;
}
