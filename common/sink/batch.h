/* batch: encoded points of one interval that are delivered together, refused, or sent again.
 *
 * A point is text that ends with a LF. How many LFs it has is the format's choice
 * (sink_format.point_lines): 1 for Carbon and Influx, 2 for Elasticsearch's bulk. So the bounds of
 * the points can be found again without a list of them. Points are counted, and messages and
 * figures call them lines. */
#ifndef SINK_BATCH_H
#define SINK_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct queue_interval;
struct queue_told;

struct batch {
    struct batch *next;              /* in the queue, or in its transport's list while it is under way */
    struct queue_interval *interval; /* which it is a part of (queue.h) */
    uint64_t number; /* batches are delivered in this order, as far as possible; halves share a number */
    uint64_t points;
    unsigned point_lines; /* LFs of each point */
    unsigned attempts;    /* how often it has been taken from the queue */
    char *bytes;
    size_t length, capacity;
    bool ends_interval;      /* it is the last one of its interval */
    struct queue_told *told; /* what the figures in it tell (figures.h), or NULL */

    /* For the transport; 0 when the batch is taken for the first time, then as the transport has
     * left them. */
    int64_t due; /* monotonic ms: not to be sent before */
    unsigned failures;
    unsigned flags;
};

/* Returns the offset of point `index`, from 0; the batch's length for index == points. */
size_t batch_offset(const struct batch *b, uint64_t index);

/* Returns the bytes of the point that begins at this offset, its last LF included. */
struct span batch_point_at(const struct batch *b, size_t offset);

/* The same of point `index`. */
struct span batch_point(const struct batch *b, uint64_t index);

#endif
