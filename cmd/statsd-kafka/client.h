/* client: a client of librdkafka, its properties and its messages.
 *
 * librdkafka has threads of its own. We start none, and every callback runs in the main thread,
 * from rd_kafka_poll or rd_kafka_consumer_poll, so that nothing of ours needs a lock;
 * tests/kafka-faults.bats checks both. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>

#include <librdkafka/rdkafka.h>

#include "base/die.h"
#include "config.h"

struct client_property {
    const char *name, *value;
};

/* What a client reports. Begin with CLIENT_REPORT. */
struct client_report {
    bool is_away;     /* no broker answers, and this was reported */
    char reason[256]; /* why the last broker failed that did */
    struct complaint errors;
};
#define CLIENT_REPORT ((struct client_report){ .errors = { .what = "errors of Kafka's client" } })

/* The properties of a client: those in `usual`, then those of the file of -F, then those in
 * `fixed`, which the file may not have; both end with a name of NULL. Ends the program with status
 * 1 if the file cannot be read, and with 2 if a line is wrong. The caller may set more callbacks;
 * the client of client_open owns the configuration. report becomes the opaque of the callbacks,
 * unless the caller sets another opaque, whose first member is then a struct client_report. */
rd_kafka_conf_t *client_properties(const struct config *config, const struct client_property *usual,
                                   const struct client_property *fixed, struct client_report *report);

/* Opens a client, or ends the program. */
rd_kafka_t *client_open(rd_kafka_type_t type, rd_kafka_conf_t *properties);

/* Call it after an answer: reports that the brokers are back, if it was reported that they were
 * away. */
void client_is_back(struct client_report *report);

/* One line of a file of properties, without its LF: sets *name and *value to NUL-terminated parts
 * of it, or *name to NULL if it is empty or a comment. Returns false if it is not a property.
 * Changes the line. */
bool client_property_line(char *line, char **name, char **value);

#endif
