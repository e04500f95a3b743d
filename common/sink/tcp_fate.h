/* tcp_fate: how connections of tcp.h end, what becomes of their batches, and which place comes
 * next. Each of the first four calls frees the link, which the caller has taken out of its place in
 * *tcp; now is monotonic ms. */
#ifndef SINK_TCP_FATE_H
#define SINK_TCP_FATE_H

#include <stdint.h>

#include "sink/tcp.h"
#include "sink/tcp_link.h"

/* The other side has answered: the batches are delivered. */
void tcp_deliver(struct tcp *tcp, struct tcp_link *l, int64_t now);

/* The other side has everything and says nothing: they are unconfirmed. */
void tcp_presume(struct tcp *tcp, struct tcp_link *l, int64_t now);

/* The connection has failed: they are sent again, perhaps to the next place or after a pause. */
void tcp_fail(struct tcp *tcp, struct tcp_link *l, int64_t now);

/* Nobody waits for it any longer. What the other side's kernel has is unconfirmed, everything else
 * is sent again. */
void tcp_abandon(struct tcp *tcp, struct tcp_link *l);

/* Notes what the other side has acknowledged. Progress is what no connection has come to since a
 * batch was delivered: a side that always resets after the same bytes makes none. One that takes
 * nothing for the timeout is reported, and waited for. */
void tcp_note_progress(struct tcp *tcp, struct tcp_link *l, int64_t now);

/* Asks the first place whether it answers again, if it is time; goes on with that. */
void tcp_keep_returning(struct tcp *tcp, int64_t now);
void tcp_step_returning(struct tcp *tcp, int64_t now);

#endif
