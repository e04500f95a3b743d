/* message: the headers of a message of the log.
 *
 * A message of `statsd-kafka put` has no key. Its value is whole lines, each with its LF, or
 * nothing. Its headers are `source`, which names the process that wrote it, `mark`, and in a
 * source's last message to a partition `end`, whose value is empty. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define MESSAGE_SOURCE "source"
#define MESSAGE_MARK   "mark"
#define MESSAGE_END    "end"

/* Writes a mark, ms since 1970, as Unix seconds with three decimals. text has room for
 * CLOCK_TEXT_MAX bytes. Returns the number of bytes; there is no NUL. */
static inline size_t message_write_mark(int64_t mark, char *text)
{
    return clock_format_millis(mark, text);
}

/* Reads a mark. Returns false, with *mark unchanged, if the text is not one. */
static inline bool message_read_mark(const char *text, size_t length, int64_t *mark)
{
    return clock_parse(text, length, mark);
}

/* Writes this process's name as a source, `HOST/PROCESS/START`, with a NUL. START is the present
 * time in ms. */
enum { MESSAGE_SOURCE_MAX = 320 };
void message_source(char *text);

#endif
