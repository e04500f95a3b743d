/* tcp_fate: what happens to the batches of a connection (tcp.h) when it ends, and which place comes
 * next. Each of the first four functions frees the link, which the caller has removed from *tcp;
 * now is monotonic ms. */
#ifndef SINK_TCP_FATE_H
#define SINK_TCP_FATE_H

#include <stdint.h>

#include "sink/tcp.h"
#include "sink/tcp_link.h"

/* The other side has answered: the batches are delivered. */
void tcp_deliver(struct tcp *tcp, struct tcp_link *l, int64_t now);

/* The other side has everything but does not answer: the batches are unconfirmed. */
void tcp_presume(struct tcp *tcp, struct tcp_link *l, int64_t now);

/* The connection has failed: the batches are sent again, perhaps to the next place or after a
 * pause. */
void tcp_fail(struct tcp *tcp, struct tcp_link *l, int64_t now);

/* The program no longer waits for the connection. Batches that the other side's kernel has are
 * unconfirmed; all others are sent again. */
void tcp_abandon(struct tcp *tcp, struct tcp_link *l);

/* The connection is over: removes the link from *tcp, if there is one, and takes an answer that has
 * come. */
void tcp_give_up(struct tcp *tcp, struct tcp_link **slot, int64_t now);

/* The earliest time at which a link that is up may ask. */
static inline int64_t tcp_settled(const struct tcp *tcp, const struct tcp_link *l)
{
    return l->opened + tcp->options.settle;
}

/* Notes the bytes that the other side has acknowledged. Only more bytes than any connection has had
 * acknowledged since a batch was delivered count as progress, so a server that always resets after
 * the same bytes makes none. If it takes nothing for the timeout, that is reported, and the sink
 * goes on waiting. */
void tcp_note_progress(struct tcp *tcp, struct tcp_link *l, int64_t now);

/* Asks the first place whether it answers again, if it is time; goes on with that. */
void tcp_keep_returning(struct tcp *tcp, int64_t now);
void tcp_step_returning(struct tcp *tcp, int64_t now);

/* When tcp_step_returning is to be called at the latest, while that goes on. */
int64_t tcp_returning_due(const struct tcp *tcp);

#endif
