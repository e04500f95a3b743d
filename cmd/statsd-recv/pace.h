/* pace: how long to let datagrams gather under load.
 *
 * Waking up for every datagram costs more than the datagram, in this program and in those behind it. So where they come
 * close together, reading rests a moment, and they come in batches. Where they come one by one, each is read at once. */
#ifndef PACE_H
#define PACE_H

#include <stdint.h>

struct pace {
    int64_t rest; /* µs; 0: never rest */
    int64_t last; /* µs: when datagrams were read last */
};

/* queue is the shortest of the sockets' receive buffers, in bytes: reading rests at most a millisecond, and never so long
 * that a sender could fill half of it. */
void pace_init(struct pace *p, int64_t queue);

/* How long to rest, in µs, when the sockets have been emptied at `now` (µs, of a clock that only moves forward) and
 * `datagrams` came; 0: wait for the next. */
int64_t pace_rest(struct pace *p, int64_t now, uint64_t datagrams);

#endif
