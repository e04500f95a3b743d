/* state: the data that survives a restart, in a text file of records.
 *
 * The last record is `statsd.closed g END`. A record before it whose time is before END means that
 * a series is known: a gauge with its value, the others with an empty one; its time lies in the
 * last interval that had samples of the series. A record at or after END is a sample of an open
 * interval, or stands for several samples. What the five columns of a record cannot hold goes into
 * a sixth, as words:
 *
 *     weight=W         a timer's count up to and including this sample
 *     sketch=...       the sketch that a bounded timer has become
 *     registers=...    the HyperLogLog registers that a bounded set has become
 *     newest           the record's time is the largest time seen, which no sample has
 *     due=N            live: a sample of the N-th interval of the `due` words below
 *
 * and in END's record:
 *
 *     none             END is not the end of an interval: none is closed yet
 *     filled=TIME      the end of the last interval with records, when no known series has it
 *     open=START,records,bad                                 self-metrics of an open interval
 *     waiting=records,bad,late,refused,evicted,delayed       and of the next one to be closed
 *     due=START,END,records,bad,refused,evicted,delayed      live: an interval that is closed, but
 *                                                            not all of its rows have left
 *     current=START                                          live: the open one, if others are due
 *     saved=N                                                the clock has asked for state N
 *
 * An interval is in the file with all its samples until its last row has left: its rows may be
 * written twice, with the same time and values, but are not lost. */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "filter/state_file.h"
#include "store.h"

/* Loads the file into a store that has just been initialised; now is the wall clock in ms. Returns
 * false, and changes nothing, when there is no file. A damaged file ends the program. */
bool state_load(struct store *s, const struct state_file *file, int64_t now);

enum state_extent {
    STATE_CLOSED, /* the known series. No interval may be due */
    STATE_OPEN,   /* and the samples of the intervals that are open or due */
    STATE_ASKED,  /* the same as STATE_OPEN, with the word `saved=N` for the clock that asked */
    STATE_FINAL,  /* the same as STATE_OPEN, synced to the disk */
};

/* Replaces the file, atomically (by rename); removes it when no series is known, except with a
 * clock. now is the wall clock in ms. Reports a failure and returns false. */
bool state_save(const struct store *s, const struct state_file *file, int64_t now, enum state_extent extent);

#endif
