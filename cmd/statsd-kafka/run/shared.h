/* shared: the data that all partitions of a process share. */
#ifndef RUN_SHARED_H
#define RUN_SHARED_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/die.h"
#include "client.h"
#include "filter/own_folder.h"
#include "run/keeper.h"
#include "run/reader.h"

struct run_options {
    const char *topic, *group, *command;
    int64_t checkpoint;     /* ms: from one checkpoint to the next */
    int64_t source_timeout; /* ms */
};

struct work;

struct shared {
    struct client_report report; /* the first member: see client.h */
    struct run_options options;
    rd_kafka_t *consumer;
    struct keeper keeper;
    struct reader reader;
    struct own_folder folder;
    int wake[2];         /* librdkafka writes a byte to the second when a queue has something */
    struct work **works; /* one for each partition that this process has */
    size_t work_count, work_capacity;
    struct complaint clock_lines; /* lines of our series in the log */
    int64_t now;                  /* monotonic ms */
    uint64_t kept;                /* checkpoints */
    bool is_ending;               /* nothing is begun any more */
    bool has_failed;              /* the process ends with status 1 */
};

/* Moves an assigned partition to another offset, by assigning it again: a seek is refused if an
 * offset was out of range. */
void shared_assign_again(struct shared *s, int32_t partition, int64_t offset);

#endif
