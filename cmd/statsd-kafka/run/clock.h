/* clock: what time it is in one partition of the log.
 *
 * It is computed from the partition's messages alone, in their order, so that a process that reads
 * them again gets the same times. All times are in milliseconds.
 *
 * Log time is the brokers' time at which messages were appended, except that a pause counts as at
 * most half of the timeout, so an outage of the brokers does not make sources count as silent.
 *
 * The clock waits for each source that has sent a message within the timeout of log time, unless
 * the mark of the source has been further than the timeout behind the append time for that long. If
 * no source is left, the clock waits for all sources that have sent a message within the timeout.
 * The clock is the smallest mark of the sources that it waits for, at most the message's append
 * time, and never goes back. */
#ifndef RUN_CLOCK_H
#define RUN_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "base/text.h"

#define LOG_CLOCK_NONE INT64_MIN

/* A source that was silent for this many timeouts is forgotten. */
enum { LOG_CLOCK_FORGETS_AFTER = 60 };

enum { LOG_SOURCE_NAME_MAX = 255 };

struct log_source {
    int64_t mark;   /* its newest mark */
    int64_t heard;  /* log time of its last message */
    int64_t behind; /* log time since when its mark has been too far behind, or LOG_CLOCK_NONE */
    int64_t off;    /* by how much its mark is ahead of the append time (positive) or behind it */
    bool is_odd;    /* too far ahead, or so far behind that the clock does not wait for it */
    bool is_named;  /* log_clock_odd has returned it */
    char *name;     /* length bytes and a NUL */
    size_t length;
};

struct log_clock {
    int64_t timeout;
    int64_t time;     /* the clock, or LOG_CLOCK_NONE */
    int64_t log_time; /* begins at 0 */
    int64_t appended; /* the newest append time, or LOG_CLOCK_NONE */
    struct log_source *sources;
    size_t count, capacity;
};

/* The parts of a message that concern time. */
struct log_message {
    int64_t appended;
    bool has_source; /* if false, the message and the rest of this have no effect */
    struct span source;
    int64_t mark;
    bool is_end; /* the source has ended */
};

/* timeout is positive. */
void log_clock_init(struct log_clock *c, int64_t timeout);
void log_clock_free(struct log_clock *c);

/* Takes the next message. Returns true if it has advanced the clock. */
bool log_clock_take(struct log_clock *c, const struct log_message *message);

/* Returns a source that is off by more than the timeout and was not returned before, or NULL.
 * Valid until the next message. */
const struct log_source *log_clock_odd(struct log_clock *c);

/* Appends the whole clock, as lines. */
void log_clock_write(const struct log_clock *c, struct text *to);

/* Reads what log_clock_write has written into c, after log_clock_init. False if it is not that;
 * c can only be freed then. */
bool log_clock_read(struct log_clock *c, struct span text);

/* True for 1 to LOG_SOURCE_NAME_MAX bytes without control characters. Messages with another name
 * have no effect on the clock. */
bool log_source_name_is_good(struct span name);

#endif
