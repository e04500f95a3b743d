/* feed: datagrams → records, as far as there is room for them.
 *
 * A datagram is taken up with feed_open and carried on with feed_run until it is done: one of 64 KiB can hold tens of
 * thousands of values, which become hundreds of megabytes of records. */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/out.h"
#include "filter/refusals.h"
#include "format/record.h"
#include "net/datagrams.h"
#include "report.h"
#include "wire/batch.h"
#include "wire/wire.h"

struct feed_options {
    struct wire_options wire;
    size_t max_line;  /* bytes */
    int64_t max_skew; /* ms: refuse a time further than this from the arrival, earlier or later; 0: take any */
    uint64_t count;   /* stop after so many records; 0: go on */
    bool source;      /* write the sender as a sixth column */
    bool strict;      /* stop at bad data */
};

struct feed {
    struct feed_options options;
    struct out *records;
    struct counters *counters;
    struct refusals refusals;
    struct wire wire;
    struct wire_batch batch;
    struct record_stamp stamp;
    bool stopped; /* by bad data, with options.strict */
    /* the datagram under way */
    struct net_datagram datagram;
    const char *next, *end;
    int64_t arrival;
    char sender[NET_TEXT_MAX];
    size_t sender_length; /* 0 until it is asked for */
    /* the line under way */
    struct span line;
    bool in_line, line_refused;
    struct sample sample;
    bool sample_waits; /* for room */
};

/* rejects may be NULL. Everything pointed to stays the caller's. */
void feed_init(struct feed *f, const struct feed_options *options, struct out *records, struct out *rejects,
               struct counters *counters);
void feed_free(struct feed *f);

/* Takes up a datagram, which must stay until feed_run has returned FEED_DONE, and behind which NET_SLACK bytes can be read.
 * arrival is the time, in milliseconds, of the records that bring none. */
void feed_open(struct feed *f, struct net_datagram datagram, int64_t arrival);

enum feed_result {
    FEED_DONE,   /* with the datagram: on to the next */
    FEED_FULL,   /* records has no room: call again when it has */
    FEED_ENOUGH, /* options.count records have been written */
    FEED_STOPPED /* bad data came, and options.strict */
};

enum feed_result feed_run(struct feed *f);

#endif
