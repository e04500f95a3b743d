/* wire_batch: StatsD lines → records in one step, many lines at a time, for the usual lines:
 * `name:number|type`, perhaps followed by `|@rate`, with a name and a member that need no mending
 * and no escaping.
 *
 * Two passes read the text. The first marks every byte that can end a part of a line. The second
 * reads each line by its marks, checks it, and copies it column by column in moves of a fixed size,
 * without a search and almost without a branch that depends on the line. No line depends on the one
 * before, so that a processor works on two or three of them at once. Every other line is left to
 * wire/wire, which also reports errors. For a line accepted here, wire/wire would make the same
 * record (a test compares them). */
#ifndef WIRE_BATCH_H
#define WIRE_BATCH_H

#include "format/record.h"
#include "wire/gauge_signs.h"
#include "wire/tagged.h"
#include "wire/wire.h"

enum {
    WIRE_BATCH_SLACK = 64,   /* bytes that must be readable after the text */
    WIRE_BATCH_ROOM = 256,   /* bytes with which there is room for the record of a line of usual length */
    WIRE_BATCH_SOURCE = 80,  /* the longest source, in bytes */
    WIRE_BATCH_MARKS = 1024, /* marks at a time */
};

/* Its insides are its own, but for next. */
struct wire_batch {
    const char *next, *end; /* the line that comes next; the end of the text */
    size_t max_line;
    int64_t max_skew;
    struct wire_options options;
    struct tagged tagged;
    bool ended;
    int64_t time;
    size_t time_length; /* 0: there is no time yet */
    /* `TAB 1 TAB time [TAB source] LF`, the end of each record of a line without a rate */
    char tail[CLOCK_TEXT_MAX + 2 * WIRE_BATCH_SOURCE + 8];
    size_t tail_length;
    uint64_t rate_word; /* the rate that came last and was good, in the highest bytes; a rate holds no NUL */
    const char *base;   /* marks[used..count) are offsets from here; the last of them ends a line */
    size_t used, count;
    unsigned odd;             /* odd lines, weighed against plain ones */
    unsigned rest, next_rest; /* lines to leave to wire/wire unchecked, and how many next time; 0: the minimum */
    uint32_t marks[WIRE_BATCH_MARKS + 8];
    unsigned by_line;                /* this many lines are read one by one, without marks; see tagged_write */
    struct gauge_signs *gauge_signs; /* gets the gauges that are set to a value; NULL after wire_batch_init */
};

/* Lines longer than max_line, without their end, and names longer than max_name are left to
 * wire/wire. */
void wire_batch_init(struct wire_batch *b, size_t max_line, int64_t max_skew, const struct wire_options *options);
void wire_batch_free(struct wire_batch *b);

/* Sets the time, in milliseconds, and the source (empty: none) of the records to come. Has to be
 * called once at least. */
void wire_batch_stamp(struct wire_batch *b, int64_t time, struct span source);

/* Begins a text. What comes after its last LF is a line only if it has ended. */
void wire_batch_open(struct wire_batch *b, const char *text, const char *end, bool ended);

enum wire_batch_stop {
    WIRE_BATCH_END, /* no complete line is left, as far as the batch has looked */
    WIRE_BATCH_ODD, /* the line at b->next, if there is one, is for wire/wire: after it, call wire_batch_skip */
    WIRE_BATCH_FULL /* there may be too little room for the next record */
};

/* Writes the records of the lines from b->next on to *to … to_end, advances b->next and *to, and
 * adds the number of lines to *lines. */
enum wire_batch_stop wire_batch_write(struct wire_batch *b, char **to, const char *to_end, uint64_t *lines);

/* wire/wire has read the lines before `next`, which is the start of a line. */
void wire_batch_skip(struct wire_batch *b, const char *next);

#endif
