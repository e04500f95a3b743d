/* topics: what a topic and its topic of checkpoints must be.
 *
 * TOPIC has the broker's time, message.timestamp.type=LogAppendTime. TOPIC-state has as many
 * partitions, and cleanup.policy=compact. */
#ifndef TOPICS_H
#define TOPICS_H

#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "client.h"

/* Asks for the number of partitions of config's topic, and waits for the brokers as long as that
 * takes. Ends the program with status 1 and the command that mends it if the topic or its topic of
 * checkpoints are not as above. 0: a signal came, and then no answer before signals_deadline. */
int32_t topics_check(rd_kafka_t *rk, const struct config *config, struct client_report *report);

/* The number of partitions alone. Waits for at most `patience` ms, then ends the program. */
int32_t topics_partitions(rd_kafka_t *rk, const struct config *config, int patience);

#endif
