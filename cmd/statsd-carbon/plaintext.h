/* plaintext: an input line that is already in Carbon's protocol: `path value time`, separated by
 * spaces. */
#ifndef PLAINTEXT_H
#define PLAINTEXT_H

#include "base/span.h"

enum plaintext_error {
    PLAINTEXT_OK,
    PLAINTEXT_COLUMNS, /* not three */
    PLAINTEXT_STATSD,  /* a line as StatsD clients send it */
    PLAINTEXT_BAD_VALUE,
    PLAINTEXT_BAD_TIME
};

struct plaintext {
    struct span path, value, time; /* point into the line */
};

/* Reads the line (without its end) into *p. On an error *culprit is the column to blame, or the
 * line. */
enum plaintext_error plaintext_parse(struct span line, struct plaintext *p, struct span *culprit);

/* What is wrong, to be followed by the culprit, and what was expected. */
const char *plaintext_error_what(enum plaintext_error error);
const char *plaintext_error_why(enum plaintext_error error);

/* Writes the line with its LF to `to` (room for twice the line's length and one more) and returns
 * the end. Only a path with bytes that Carbon cannot take, or with a tag `name`, is changed
 * (clean.h). */
char *plaintext_write(char *to, const struct plaintext *p);

#endif
