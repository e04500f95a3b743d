/* work: one partition of TOPIC that this process has: its queue, its clock, its command, and its
 * checkpoints.
 *
 * It begins at the newest whole checkpoint. Each message is written to the command's pipe as a
 * whole before the next is taken from the queue, followed by a record of the clock if it has
 * advanced the clock. A command that fails is started again from the newest checkpoint. */
#ifndef RUN_WORK_H
#define RUN_WORK_H

#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "run/clock.h"
#include "run/command.h"
#include "run/shared.h"
#include "sink/pauses.h"

/* How far the next checkpoint is. */
enum stage {
    STAGE_NONE,
    STAGE_ASKED,  /* a record of the clock with the next number was written */
    STAGE_SAVED,  /* the state is there; its last interval may not be delivered yet */
    STAGE_KEEPING /* it is being written to TOPIC-state */
};

struct checkpoint {
    enum stage stage;
    struct parcel_marker marker; /* position and number; from STAGE_SAVED on, end */
    struct text head;            /* the clock when it was asked for */
    int state_fd;                /* of the state, while STAGE_SAVED; else -1 */
    struct keeping *keeping;     /* while STAGE_KEEPING */
    int64_t since;               /* monotonic ms: when it was asked for */
    int64_t due;                 /* monotonic ms: when to do the next thing */
    bool is_named;               /* that it takes long */
};

struct work {
    struct shared *shared;
    int32_t partition;
    rd_kafka_queue_t *queue;
    struct command command;
    char *state;     /* the path of $STATE */
    uint64_t starts; /* of the command */
    int64_t next;    /* the offset of the next message; -1: the first message has any */
    struct log_clock clock;
    int64_t number;      /* of the state that was last asked for */
    struct text pending; /* for the pipe */
    size_t written;      /* of it */
    bool is_full;        /* the pipe was, at the last write */
    bool has_more;       /* the queue may have more */
    bool is_lost;        /* the next offset is not in the log: waits for the first message of the log */

    struct checkpoint checkpoint;
    int64_t kept_position;     /* of the newest checkpoint; -1: none */
    struct shelf shelf;        /* the checkpoints that are known */
    int64_t delivered;         /* ms: the newest time that the command has named, or FIELD_NO_TIME */
    char name[CLOCK_TEXT_MAX]; /* the part of a line that has come on descriptor 3 */
    size_t name_length;

    struct pauses pauses;
    int failures; /* of the command since the last checkpoint */
    int64_t due;  /* monotonic ms: when to start the command, while it is not running */
};

/* Begins with the newest checkpoint, and starts the command. *offset is where to assign the
 * partition. Waits for brokers that are away. */
struct work *work_begin(struct shared *shared, int32_t partition, int64_t *offset);

/* Kills the command, waits for it, and frees the work. Nothing is flushed. */
void work_end(struct work *w);

/* Does all work that is possible now. */
void work_step(struct work *w);

/* Fills in two elements with the descriptors to wait for. Returns until when to wait at most
 * (monotonic ms). */
int64_t work_watch(const struct work *w, struct pollfd *both);

/* One line for USR1. */
void work_say(const struct work *w);

/* --- for the parts of work alone -------------------------------------------------------------- */

/* Reads TOPIC-state, sets the work to its newest checkpoint and makes a new $STATE. Returns the
 * offset to assign the partition at. If a signal comes before it has read all, the process is
 * ending then, and the command must not be started. */
int64_t work_restore(struct work *w);

/* Asks for a state if that is due. Only where a message has ended in the pending bytes. */
void checkpoint_ask(struct work *w);

/* Continues the checkpoint as far as possible. */
void checkpoint_step(struct work *w);

/* Gives up the checkpoint that is under way, and plans the next. */
void checkpoint_drop(struct work *w);

/* Until when to wait at most for the next thing to do (monotonic ms). */
int64_t checkpoint_due(const struct work *w);

#endif
