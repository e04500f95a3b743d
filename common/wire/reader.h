/* reader: StatsD lines → records, as far as there is room for them.
 *
 * This is the only way from text to records. Text comes in pieces: a datagram, or the bytes that
 * were read from a file or a stream so far. Open a piece with its arrival time and its origin, then
 * run it until nothing is left:
 *
 *     reader_open(&reader, datagram, arrival, origin);
 *     while (reader_run(&reader) == READER_FULL)
 *         out_flush(&records);
 *
 * The samples of a line become records; errors in it are reported, counted and kept by `struct
 * refusals`. Plain lines, which most lines are, go through wire/batch many at a time; any other
 * line goes through the grammar, wire/wire, one sample at a time, so a reader can stop in the
 * middle of a line: 64 KiB can hold tens of thousands of values, which become hundreds of megabytes
 * of records.
 *
 * The room is that of `struct out`. A blocking one is flushed by the reader and is never full. One
 * with OUT_QUEUE is never written by the reader: it stops with READER_FULL instead. */
#ifndef WIRE_READER_H
#define WIRE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "filter/lines.h"
#include "filter/out.h"
#include "filter/refusals.h"
#include "format/record.h"
#include "wire/batch.h"
#include "wire/gauge_signs.h"
#include "wire/wire.h"

struct reader_options {
    struct wire_options wire;
    size_t max_line;                 /* bytes without the line end; a longer line is refused */
    int64_t max_skew;                /* ms: refuse a timestamp further than this from the arrival; 0: accept any */
    uint64_t count;                  /* stop after this many records; 0: never */
    bool source;                     /* write the sender as a sixth column */
    bool check;                      /* write no records, but count them */
    struct side *events;             /* events and service checks are appended to it, a line each; or NULL */
    struct gauge_signs *gauge_signs; /* gets gauges and their deltas, to report some; or NULL */
};

/* Counts. The reader only adds to them, so several readers can share them. */
struct reader_counts {
    uint64_t lines;   /* not counting empty ones */
    uint64_t records; /* written, or with options.check left out */
    uint64_t bad;     /* values, chunks and lines refused */
    uint64_t skewed;  /* of these, values whose timestamp is too far from the clock */
    uint64_t other;   /* events and service checks */
};

enum {
    READER_SLACK = WIRE_BATCH_SLACK,      /* bytes after a text that must be readable, whatever they are */
    READER_SENDER_MAX = WIRE_BATCH_SOURCE /* bytes of a sender's text, including its NUL */
};

/* What the bytes after a text's last LF are. */
enum reader_tail {
    READER_TAIL_LINE, /* a line: a datagram's last line needs no LF */
    READER_TAIL_OPEN, /* the start of a line that continues in the next piece; it is not read yet */
    READER_TAIL_LOST  /* the start of a line whose end is lost: refused */
};

struct reader_text {
    const char *text, *end; /* READER_SLACK bytes after end are readable */
    enum reader_tail tail;
};

/* Where a text comes from: a file, whose lines have numbers, or a sender. The first refusal of a
 * line has the whole line, the others have the bytes to blame: with tens of thousands of bad values
 * in 64 KiB, whole lines would be a gigabyte. */
struct reader_origin {
    const char *file; /* its name in messages, or NULL: it is a sender */
    uint64_t line;    /* number of the file's line before the text */
    /* Writes the sender's name and a NUL, READER_SENDER_MAX bytes at most, and returns its length.
     * Called only when the name is needed. */
    size_t (*sender_text)(const void *sender, char *text);
    const void *sender;
};

/* Its insides are its own, except next and stopped. */
struct reader {
    struct reader_options options;
    struct out *records;
    struct refusals *refusals;
    struct reader_counts *counts;
    struct wire wire;
    struct wire_batch batch;
    struct record_stamp stamp;
    bool stopped; /* by bad data, with refusals->strict */
    /* the text that is open */
    struct lines *lines;    /* whose buffer it stands in, or NULL */
    const char *next, *end; /* the bytes that have not been read */
    enum reader_tail tail;
    int64_t arrival;
    struct reader_origin origin;
    char sender[READER_SENDER_MAX];
    size_t sender_length; /* 0 until it is needed */
    bool is_begun;        /* lines_next has begun the next line */
    /* the line that is under way */
    struct span line;
    uint64_t number; /* from 1, of the line read last */
    bool in_line, line_refused;
    struct sample sample;
    bool sample_waits;   /* for room */
    uint64_t delta_line; /* the number of lines when a gauge's delta came last */
};

/* Everything pointed to stays the caller's. */
void reader_init(struct reader *r, const struct reader_options *options, struct out *records, struct refusals *refusals,
                 struct reader_counts *counts);
void reader_free(struct reader *r);

/* Opens a text, which must stay until reader_run has returned READER_DONE, as must what the origin
 * points to. arrival, in milliseconds, is the time of records without a timestamp of their own. */
void reader_open(struct reader *r, struct reader_text text, int64_t arrival, struct reader_origin origin);

/* Opens what is buffered in `lines`, all of it if lines->ended, else up to the last LF. `lines`
 * numbers the lines (origin.line is ignored), must have options.max_line as its limit, and must not
 * be filled until reader_run has returned READER_DONE. */
void reader_open_lines(struct reader *r, struct lines *lines, int64_t arrival, struct reader_origin origin);

/* Refuses bytes that are no text: while none is open. */
void reader_refuse(struct reader *r, enum wire_error error, struct span bytes, int64_t arrival,
                   struct reader_origin origin);

enum reader_result {
    READER_DONE,   /* the text is read; r->next is where an open tail begins */
    READER_FULL,   /* no room for the next record: call again when there is */
    READER_ENOUGH, /* options.count records have been written: call no more */
    READER_STOPPED /* bad data, with refusals->strict; every further call returns this too */
};

enum reader_result reader_run(struct reader *r);

#endif
