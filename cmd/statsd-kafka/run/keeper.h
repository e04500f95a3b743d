/* keeper: writes checkpoints to TOPIC-state.
 *
 * Chunks are sent a few at a time, as they are acknowledged; then the marker; and when that is
 * acknowledged the checkpoint is kept. Nothing here waits. */
#ifndef RUN_KEEPER_H
#define RUN_KEEPER_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "run/parcel.h"

struct keeper {
    rd_kafka_t *producer;
    const char *topic; /* TOPIC-state */
    const char *group;
};

/* A checkpoint on its way. */
struct keeping {
    const struct keeper *keeper;
    int32_t partition;
    char *id;
    struct parcel_marker marker;
    struct text head; /* comes before the bytes of the file */
    int fd;           /* -1: all of it was sent */
    int64_t to_send;  /* bytes of the file that are left */
    int in_flight;    /* messages that are not acknowledged */
    bool has_sent_marker, is_kept, has_failed, is_dropped;
};

/* Sets up the callback of acknowledgements in the configuration of the producer. */
void keeper_configure(rd_kafka_conf_t *configuration);

/* Begins a checkpoint with the text of head, which it frees, and of the file at fd, which it
 * closes. position, end and number are those of the marker. */
struct keeping *keeping_begin(const struct keeper *k, int32_t partition, struct text head, int fd,
                              const struct parcel_marker *marker);

/* Sends as many messages as possible. Call it after each rd_kafka_poll of the producer. */
void keeping_step(struct keeping *g);

/* Sends no more of the checkpoint, and frees it as soon as nothing is in flight. */
void keeping_drop(struct keeping *g);

/* Deletes a message of an older checkpoint. */
void keeper_take_back(const struct keeper *k, int32_t partition, struct span key);

#endif
