/* agg_parts: the internals of the aggregator, shared by the files that implement agg.h. */
#ifndef AGG_PARTS_H
#define AGG_PARTS_H

#include "agg.h"
#include "flush.h"
#include "intake.h"
#include "keep.h"
#include "store.h"

struct agg {
    const struct config *config;
    struct store store;
    struct intake intake;
    struct flush flush;
    struct out *out;
    struct keep keep;
    const char *input;     /* the one that agg_begin_input named last, or NULL */
    bool is_recording;     /* it is a regular file */
    bool has_written;      /* an interval */
    bool has_dropped;      /* an open interval */
    uint64_t rejects_lost; /* by the side files, as of the last interval */
    uint64_t bad_lines;    /* in closed intervals, of the counter bad_lines_seen, for agg_figures */
    int64_t last_packet;   /* ms: the end of the last closed interval with packets_received; 0: none */
    int64_t lag_end;       /* ms: the end of the last interval for agg_add_lag; 0: none */
};

/* Loads the file of --resume and removes it. False when there is none. */
bool agg_resume_once(struct agg *a);

/* Live: adds up the self-metrics of statsd-recv in the open interval, which ends at `end`. */
void agg_note_receiver(struct agg *a, int64_t end);

/* The self-metrics of statsd-recv: its bad lines, and when (ms, off by up to an interval) the last
 * packet came, or 0. */
void agg_receiver_figures(struct agg *a, uint64_t *bad_lines, int64_t *last_packet);

/* Live, with the self-metrics of statsd/statsd: adds its gauge timestamp_lag to the open interval,
 * which ends at `end`. */
void agg_add_lag(struct agg *a, int64_t end);

#endif
