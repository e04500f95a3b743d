/* pace: how long to let datagrams gather under load.
 *
 * Waking up for a datagram costs more than processing it, in this program and in the next ones. So
 * while datagrams come close together, the program pauses for a moment and then reads them in
 * batches. A datagram that comes alone is read at once. Reading rests only when the queue has been
 * emptied, so a burst that fits into the queue is still received. */
#ifndef PACE_H
#define PACE_H

#include <stdint.h>

struct pace {
    int64_t queue; /* bytes */
    int64_t rest;  /* µs that are always safe; 0: never rest */
    int64_t last;  /* µs: when datagrams were read last */
};

/* queue is the shortest of the sockets' receive buffers, in bytes. A rest is always safe that is at
 * most a millisecond and in which no sender on this machine could fill half of the queue. */
void pace_init(struct pace *p, int64_t queue);

/* How long to rest, in µs, when the sockets have been emptied at `now` (µs, of a clock that only
 * moves forward) and `datagrams` came; 0: wait for the next. As long as is safe, and up to four
 * milliseconds where those that come as fast as these would fill an eighth of the queue by
 * then. */
int64_t pace_rest(struct pace *p, int64_t now, uint64_t datagrams);

#endif
