/* add: adds one record to its interval, or refuses it.
 *
 * Adding may create a series, evict an idle one to make room, or, in event time, make intervals
 * due. Closing those is left to the owner, through a callback. */
#ifndef ADD_H
#define ADD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/out.h"
#include "filter/refusals.h"
#include "flush.h"
#include "format/record.h"
#include "store.h"

/* A record that has been read and waits to be added; its spans point into the line. */
struct pending_record {
    struct record record;
    enum family family;
    uint32_t hash;   /* of the series: table_hash */
    uint64_t number; /* of the line in its input, from 1 */
    size_t line_length;
    uint32_t guess;       /* of the slot: table_guess */
    uint32_t member_hash; /* of a set's member: members_hash */
};

/* Where records go, and how those that cannot be added are refused. */
struct adder {
    const struct config *config;
    struct store *store;
    const struct flush *flush;        /* the flush in progress, which still needs some names */
    struct refusals bad, late;        /* records */
    struct refusals series;           /* records whose new series finds no room */
    struct side *late_lines;          /* the file of --late, or NULL */
    const char *input;                /* the input's name, for messages */
    int64_t now;                      /* ms: when the line just read arrived */
    bool stop;                        /* --strict has seen a bad or late record */
    void (*close_due)(void *context); /* event time: closes and writes the intervals that are due */
    /* Takes a record of --clock (ms). */
    void (*clock)(void *context, int64_t time, uint64_t number);
    void *context;
};

/* Adds a record, or refuses it when it is late, when its series finds no room, or when its value
 * would make a sum not finite. In event time it calls close_due, which may block on output. */
void add_record(struct adder *a, const struct pending_record *p);

/* How many samples one of this record's rate stands for. */
static inline double add_weight(const struct record *r)
{
    return 1 / r->rate;
}

/* Adds a gauge's sample to the slot's cell; false when the value must be refused. Live, the gauge
 * changes at once. In event time samples wait until the interval closes and then take effect in
 * the order of their times. */
bool add_gauge(struct adder *a, struct interval *interval, uint32_t slot, const struct record *r);

/* Notes the newest time (ms) among records that were added. */
void add_times(struct adder *a, struct interval *interval, int64_t newest);

/* Refuses a record whose value would make a counter or a gauge not finite. */
void add_refuse_value(struct adder *a, struct interval *interval, const struct pending_record *p);

/* Refuses a line: counts it in kind and reports `what 'culprit': why`. */
void add_refuse(struct adder *a, struct refusals *kind, struct span line, uint64_t number, const char *what,
                struct span culprit, const char *why);

#endif
