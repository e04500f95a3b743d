/* reader: reads one partition of TOPIC-state from its beginning to its present end. */
#ifndef RUN_READER_H
#define RUN_READER_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#include "run/parcel.h"

struct reader {
    rd_kafka_t *consumer; /* without a group */
    rd_kafka_topic_t *topic;
    bool (*is_ending)(void); /* asked while brokers are waited for */
};

/* Sets the properties that a reader needs in its configuration. */
void reader_configure(rd_kafka_conf_t *configuration);

/* Puts all messages on the shelf. Waits for unavailable brokers. Returns false if the program was
 * asked to end. */
bool reader_read(struct reader *r, int32_t partition, struct shelf *shelf);

#endif
