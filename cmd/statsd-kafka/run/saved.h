/* saved: the last line of a state of statsd-agg, which describes it. */
#ifndef RUN_SAVED_H
#define RUN_SAVED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct saved {
    bool is_asked;  /* a clock record has asked for it: the line has the word `saved=N` */
    int64_t number; /* N */
    int64_t end;    /* ms: the end of the last interval that was written; FIELD_NO_TIME: none was */
};

/* Reads a last line, without its LF. False if it is not the last line of a state. */
bool saved_read(struct span line, struct saved *saved);

/* Reads the last line of the file at fd. False if it has none, or cannot be read. */
bool saved_read_file(int fd, struct saved *saved);

#endif
