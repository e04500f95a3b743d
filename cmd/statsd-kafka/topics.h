/* topics: checks the settings of a topic and of its topic of checkpoints.
 *
 * TOPIC must have message.timestamp.type=LogAppendTime. TOPIC-state must have the same number of
 * partitions, and cleanup.policy=compact. */
#ifndef TOPICS_H
#define TOPICS_H

#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "client.h"

/* Returns the number of partitions of config's topic. Waits for the brokers without a limit. If the
 * settings are not as above, ends the program with status 1 and prints the command that corrects
 * them. Returns 0 if a signal came, and then no answer before signals_deadline. */
int32_t topics_check(rd_kafka_t *rk, const struct config *config, struct client_report *report);

/* The number of partitions alone. Waits for at most `patience` ms, then ends the program. */
int32_t topics_partitions(rd_kafka_t *rk, const struct config *config, int patience);

#endif
