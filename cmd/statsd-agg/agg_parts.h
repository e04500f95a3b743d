/* agg_parts: the aggregator's own insides, for the files that carry out what agg.h declares. */
#ifndef AGG_PARTS_H
#define AGG_PARTS_H

#include "agg.h"
#include "flush.h"
#include "intake.h"
#include "state_file.h"
#include "store.h"

struct agg {
    const struct config *config;
    struct store store;
    struct intake intake;
    struct flush flush;
    struct out *out;
    struct state_file *state; /* the file of --state, or NULL */
    const char *input;        /* the one that agg_begin_input named last, or NULL */
    bool is_recording;        /* it is a regular file */
    bool is_restored;         /* live: the open interval has samples that are in the state file */
    bool has_written;         /* an interval */
    bool has_failed;          /* to save the state */
    int64_t lag_end;          /* ms: the end of the last interval for agg_add_lag; 0: none */
    uint64_t rejects_lost;    /* by the side files, as of the last interval */
    struct {                  /* the flush in progress */
        int64_t kept_up;      /* monotonic ms: when its reader had taken everything last */
        bool is_saved;        /* the interval is in the state file, with its samples */
    } ahead;
};

/* Loads the file of --resume and removes it. False when there is none. */
bool agg_resume_once(struct agg *a);

/* Live, with the self-metrics of statsd/statsd: adds its gauge timestamp_lag to the open interval,
 * which ends at `end`. */
void agg_add_lag(struct agg *a, int64_t end);

#endif
