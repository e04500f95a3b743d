/* http_pieces: the batches that a server has not accepted at the first attempt, and the search for
 * the points that it will never accept. It sends nothing itself.
 *
 * A batch that may have a bad point is halved, and then each half, until single points are left. A
 * point that is refused alone is refused for good if the server has accepted anything since the
 * search began, because the configuration must then be right. If the server has accepted nothing,
 * the pieces are kept and tried again, one after the other, and so are the batches that follow:
 * when one of those passes, the pieces that are refused once more are bad.
 *
 * Pieces take at most a quarter of --buffer. If they take more, those that were refused while
 * others passed are refused for good. If nothing has been accepted, the pieces are put aside: all
 * of them return to the queue, and other batches are tried, those that were never tried first. As
 * soon as one passes, the oldest are tried again.
 *
 * A batch that gets a fault or an unexpected status HTTP_FAULTS times, with something else accepted
 * in between each time, is halved too, and so are its parts when they fail again. A single point
 * needs HTTP_FAULTS failures of its own. */
#ifndef SINK_HTTP_PIECES_H
#define SINK_HTTP_PIECES_H

#include <stdbool.h>
#include <stdint.h>

#include "sink/batch.h"
#include "sink/http_answer.h"
#include "sink/queue.h"

enum {
    HTTP_FAULTS = 5,
    HTTP_IN_VAIN = 32, /* requests in a search without an acceptance, until it slows down */
};

struct http_pieces {
    struct queue *queue;
    void (*refused)(void *self, const char *why, struct span point); /* told of each point refused for good */
    void *self;
    struct batch *first, *last; /* not tried yet, the smallest first; then tried, the oldest first */
    unsigned accepted;          /* how often anything was; it may wrap */
    unsigned in_vain;
    bool puts_aside;
    uint64_t fresh;   /* batches with at least this number were never tried */
    uint64_t tried;   /* the number of the last batch taken that had been, or might have been, tried */
    uint64_t from;    /* those after it begin here */
    bool is_new_turn; /* it is a new batch's turn, not that of a kept one */
};

void http_pieces_init(struct http_pieces *p, struct queue *q, void (*refused)(void *, const char *, struct span),
                      void *self);

/* The next batch to send: a piece, or a batch of the queue. The caller gives it to one of the two
 * below. NULL: there is none. now is monotonic ms. */
struct batch *http_pieces_next(struct http_pieces *p, int64_t now);

/* True if http_pieces_next may return a piece. */
static inline bool http_pieces_waits(const struct http_pieces *p)
{
    return p->first;
}

/* Takes the server's verdict on a batch; why are the server's words. Returns true if the next
 * request should wait. */
bool http_pieces_answer(struct http_pieces *p, struct batch *b, enum http_verdict verdict, const char *why);

/* The same if the server has judged each point: verdicts has one for each point of the batch, and
 * why returns the server's words for a point. The points of one verdict stay together, in their
 * order. */
struct http_items {
    const unsigned char *verdicts; /* enum http_verdict, but not HTTP_TOO_LARGE */
    const char *(*why)(void *self, uint64_t index);
    void *self;
};
bool http_pieces_items(struct http_pieces *p, struct batch *b, const struct http_items *items);

/* Gives every piece back to the queue. */
void http_pieces_give_back(struct http_pieces *p);

#endif
