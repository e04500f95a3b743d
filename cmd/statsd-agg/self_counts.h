/* self_counts: the counts that go into the self-metrics of the next interval written. */
#ifndef SELF_COUNTS_H
#define SELF_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* All zeros: nothing has been counted. */
struct self_counts {
    uint64_t records, bad, late; /* event time: lines that belong to no open interval */
    uint64_t series_refused;
    uint64_t series_evicted;
    uint64_t flushes_delayed;
    uint64_t rejects_lost; /* lines that --rejects and --late have lost, where has_side_files */
    bool has_side_files;
    int64_t timestamp_lag; /* ms, live: the smallest of arrival - time, where has_timestamp_lag */
    bool has_timestamp_lag;
};

#endif
