/* log_message: the headers of a message of TOPIC that concern time, and its records.
 *
 * `statsd-kafka put` gives each message the headers `source` and `mark`, and its last message,
 * which is empty, the header `end`. */
#ifndef RUN_LOG_MESSAGE_H
#define RUN_LOG_MESSAGE_H

#include <stdint.h>

#include "base/span.h"
#include "base/text.h"
#include "run/clock.h"

/* The series of the records that we add. */
#define CLOCK_SERIES "statsd.clock"

/* The headers; one that is missing has no text. */
struct message_headers {
    struct span source, mark, end;
};

/* A message with a bad source name, or a mark that is not Unix seconds, counts as one without a
 * source. */
struct log_message message_read(const struct message_headers *headers, int64_t appended);

/* Appends the payload's lines, and an LF if the last line has none. Lines of CLOCK_SERIES are left
 * out: returns how many. */
int64_t message_put_lines(struct text *to, struct span payload);

/* Appends a record of the clock: time in ms, and the number of the state that was last asked
 * for. */
void message_put_clock(struct text *to, int64_t time, int64_t number);

#endif
