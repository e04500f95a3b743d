/* wire: StatsD's grammar and its dialects (statsd-wire(5)).
 *
 *     line  = name ":" chunk *( ":" chunk )
 *     chunk = value *( ":" value ) "|" type *( "|" field )
 *
 * One line becomes any number of samples, refusals and other things, handed out one by one, so that
 * a hostile line never needs more memory than its own length. A chunk counts whole or not at all:
 * its values are checked before the first is handed out. After an unknown type or field, the rest
 * of the line is refused. Nothing is written into the line, nothing printed; the line must stay
 * until wire_next has returned WIRE_END. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "format/record.h"
#include "format/tags.h"

struct wire_options {
    unsigned flavours;    /* of tags: bits of enum tags_flavour */
    bool raw_names;       /* keep the bytes of names and tags */
    bool absolute_gauges; /* a signed gauge sets instead of adding */
    size_t max_name;      /* the longest series, in bytes */
};

/* The defaults: all flavours, safe names, signed gauges are deltas, 4096 bytes. */
extern const struct wire_options wire_defaults;

enum wire_error {
    WIRE_NO_COLON,      /* no `:`, or a `|` before it */
    WIRE_NO_NAME,       /* empty, or made safe to nothing or to nothing but dots */
    WIRE_NAME_TOO_LONG, /* a series longer than max_name */
    WIRE_NO_TYPE,       /* no `|` in the chunk */
    WIRE_BAD_TYPE,      /* unknown or empty */
    WIRE_NO_VALUE,
    WIRE_BAD_VALUE, /* not a decimal number */
    WIRE_OVERFLOW,  /* a number beyond a double */
    WIRE_NEGATIVE,  /* a negative ms */
    WIRE_BAD_RATE,
    WIRE_BAD_TIME,  /* T and anything but 1 to 10 digits */
    WIRE_BAD_FIELD, /* unknown or empty */
    /* For the reader alone; wire_next doesn't return them: */
    WIRE_TOO_LONG, /* a line longer than --max-line */
    WIRE_LOST,     /* the last line of a datagram that was cut off */
    WIRE_CUT,      /* the last line of a stream that its client has not closed */
    WIRE_TOO_BIG,  /* the length of a message in a stream of such */
    WIRE_TORN,     /* the last message of such a stream */
    WIRE_SKEWED,   /* a timestamp further from the clock than --max-skew */
    WIRE_ERRORS
};

/* What is wrong, to be followed by the quoted culprit, and what was expected: "bad value",
 * "expected a number". */
const char *wire_error_what(enum wire_error error);
const char *wire_error_why(enum wire_error error);

enum wire_event {
    WIRE_SAMPLE, /* *sample is set; its spans are valid until the next call */
    WIRE_BAD,    /* a chunk, or the rest of the line, is refused: wire->error and wire->culprit say why */
    WIRE_OTHER,  /* the line is an event (`_e{`) or a service check (`_sc|`) */
    WIRE_END
};

/* A parser; its insides are its own. */
struct wire {
    struct wire_options options;
    enum wire_error error;
    struct span culprit; /* points into the line */
    enum { WIRE_AT_LINE, WIRE_AT_CHUNK, WIRE_AT_VALUE, WIRE_AT_END } state;
    const char *next, *end; /* the rest of the line after the current chunk, or the whole line; next NULL: nothing */
    struct span name;       /* as it stands in the line */
    bool name_is_plain;     /* it is its own canonical series, and `series` is not in use */
    struct series series;   /* the name with its own tags, and with those of the current chunk */
    struct span own_series; /* the result of `series` for the name and its own tags, while that is valid */
    const char *value, *values_end; /* the values of the current chunk that have not been handed out */
    enum record_type type;          /* of the current chunk */
    struct sample chunk;            /* what all of its values share */
};

void wire_init(struct wire *w, const struct wire_options *options);
void wire_free(struct wire *w);

/* Begins a line (without its line end; not empty). */
void wire_open(struct wire *w, const char *line, size_t length);

enum wire_event wire_next(struct wire *w, struct sample *sample);

/* Skips the remaining samples of the chunk of the last sample. */
void wire_skip_chunk(struct wire *w);

#endif
