#include "pace.h"

enum {
    REST_LONG = 4000, /* µs */
    REST_MAX = 1000,  /* the same, whatever may come */
    REST_MIN = 100,   /* less is not worth a timer */
    /* Bytes of queue that a sender on this machine fills in a µs, twice over: what the kernel keeps
     * for a datagram counts. */
    QUEUE_PER_REST = 4096,
    /* What a datagram takes of the queue, and what part of it may be filled in a long rest. */
    QUEUE_PER_DATAGRAM = 4096,
    QUEUE_PART = 8,
};

void pace_init(struct pace *p, int64_t queue)
{
    int64_t rest = queue / QUEUE_PER_REST;
    *p = (struct pace){ .queue = queue, .rest = rest > REST_MAX ? REST_MAX : rest < REST_MIN ? 0 : rest };
}

int64_t pace_rest(struct pace *p, int64_t now, uint64_t datagrams)
{
    if (!datagrams)
        return 0;
    int64_t since = now - p->last;
    p->last = now;
    if ((uint64_t)since >= datagrams * (uint64_t)p->rest / 2)
        return 0;
    int64_t filled = p->queue / (QUEUE_PART * QUEUE_PER_DATAGRAM) * since / (int64_t)datagrams;
    return filled < p->rest ? p->rest : filled < REST_LONG ? filled : REST_LONG;
}
