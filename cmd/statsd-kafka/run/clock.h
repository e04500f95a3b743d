/* clock: what time it is in one partition of the log.
 *
 * It is worked out from the partition's messages alone, in their order, so that whoever reads them
 * again comes to the same times. All times are in milliseconds.
 *
 * Log time is the brokers' time at which messages were appended, in which a pause counts for at
 * most half of the timeout: brokers that were away have made no source silent.
 *
 * A source is waited for while it was heard within the timeout of log time, unless its mark has
 * been further than the timeout behind the append time for all of the last timeout. Where that
 * leaves none, all that were heard are waited for. The clock is the least mark of those waited for,
 * at most the message's append time, and never goes back. */
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
    int64_t mark;   /* the newest that it has told */
    int64_t heard;  /* log time of its last message */
    int64_t behind; /* log time since when its mark has been too far behind, or LOG_CLOCK_NONE */
    int64_t off;    /* by how much its mark is ahead of the append time (positive) or behind it */
    bool is_odd;    /* too far ahead, or not waited for because it is behind */
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

/* What a message says about time. */
struct log_message {
    int64_t appended;
    bool has_source; /* else it has no say, and neither has the rest of this */
    struct span source;
    int64_t mark;
    bool is_end; /* the source takes its leave */
};

/* timeout is positive. */
void log_clock_init(struct log_clock *c, int64_t timeout);
void log_clock_free(struct log_clock *c);

/* Takes the next message. True if it has raised the clock. */
bool log_clock_take(struct log_clock *c, const struct log_message *message);

/* Returns a source that is off by more than the timeout and was not returned before, or NULL.
 * Valid until the next message. */
const struct log_source *log_clock_odd(struct log_clock *c);

/* Appends all of it, as lines. */
void log_clock_write(const struct log_clock *c, struct text *to);

/* Reads what log_clock_write has written into c, after log_clock_init. False if it is not that;
 * c can only be freed then. */
bool log_clock_read(struct log_clock *c, struct span text);

/* A name of 1 to LOG_SOURCE_NAME_MAX bytes without control characters. Others have no say. */
bool log_source_name_is_good(struct span name);

#endif
