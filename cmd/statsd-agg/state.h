/* state: what survives a restart, in a file of records that `cat` shows.
 *
 * A record before END, the value of the last record `statsd.closed g END`, says that a series is known: a gauge with its
 * value, the others with an empty one; its time lies in the last interval that had samples of it. One at or after END is
 * a sample of an open interval, or several in one. Where the columns of a record cannot say it all, a sixth column of words
 * does: `weight=W`, a timer's count up to here; `sketch=…` and `registers=…`, what a bounded timer or set has become;
 * `newest`, the largest time seen, where no sample has it. Those of END's record: `none`, that END is no interval's end,
 * for none is closed yet; `filled=TIME`, the end of the last interval that had records, where no known series tells it;
 * `open=START,records,bad` and `waiting=…`, what the own figures say of each open interval, and of the next one closed. */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>

#include "agg.h"

/* Takes what the file says into an aggregator that has just been made. A file that is not there is nothing; one that is
 * damaged ends the program. False when there was nothing. */
bool state_load(struct agg *a, const char *path);

/* Writes the file anew, at once or not at all (by rename); with_open, the samples of open intervals too, and what is on the
 * disk is there for good. Nothing known: no file. Says what failed, and returns false. */
bool state_save(const struct agg *a, const char *path, bool with_open);

#endif
