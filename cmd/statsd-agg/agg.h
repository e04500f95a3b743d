/* agg: records in, aggregates out, whatever decides the time. */
#ifndef AGG_H
#define AGG_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "filter/lines.h"
#include "filter/out.h"
#include "filter/refusals.h"
#include "flush.h"
#include "format/record_plain.h"
#include "series/evict.h"
#include "series/interval.h"
#include "series/table.h"
#include "time/event.h"
#include "time/live.h"

enum { BATCH_MOST = 64 };

/* A record on its way into an interval; its spans point into the line. */
struct taken {
    struct record record;
    enum family family;
    uint32_t hash;   /* table_hash's */
    uint64_t number; /* of its line, in its file */
    size_t line_length;
    uint32_t guess;  /* table_guess's */
    uint32_t member; /* of a set: members_hash's */
};

/* Records that are taken together, and which of them are of which family. */
struct batch {
    struct taken taken[BATCH_MOST];
    size_t count;
    int64_t newest; /* of their times, or NEVER */
    uint16_t places[FAMILIES][BATCH_MOST];
    size_t counts[FAMILIES];
};

struct agg {
    const struct config *config;
    struct table table;
    struct pool pool;         /* of the samples and members */
    struct interval *current; /* live and once: the open interval */
    struct live live;         /* live */
    struct event event;       /* event time */
    struct flush flush;
    struct out *out;
    struct evict evict;
    struct refusals bad, late, refused;
    struct out *late_lines;                              /* the file of --late, or NULL */
    uint64_t refused_before, evicted, delayed_before;    /* figures at the last interval's end */
    const char *where;                                   /* the input's name, for messages */
    uint64_t records;                                    /* lines since the program began */
    uint64_t waiting_records, waiting_bad, waiting_late; /* event time: for the next interval to be written */
    int64_t now;                                         /* ms: when the line now read arrived */
    int64_t lag; /* live: the smallest of arrival − time in this interval, ms */
    bool has_lag;
    struct record_memo memo;
    struct batch batch;
    bool wrote;  /* an interval */
    bool failed; /* the state could not be saved */
    bool stop;   /* --strict has seen something bad */
};

/* rejects and late_lines may be NULL; they and out stay the caller's. */
void agg_init(struct agg *a, const struct config *config, struct out *out, struct out *rejects, struct out *late_lines);
void agg_free(struct agg *a);

/* Takes up what an earlier run has left in the file of --state. Live, an interval whose end has passed is closed at once
 * with its own stamp. */
void agg_resume(struct agg *a);

/* Event time: closes and writes what is due (or all), blocking. */
void agg_close_due(struct agg *a, bool all);

/* Live: closes the open interval when its time has come, and writes of a flush in progress what there is room for. */
void agg_tick(struct agg *a);

/* True while a flush waits for room. */
bool agg_is_flushing(const struct agg *a);

/* How long the live loop may sleep, in ms. */
int agg_timeout(const struct agg *a);

/* The end of input: closes and writes all that is open, blocking; or, with --state, keeps it for the next run. */
void agg_end(struct agg *a);

/* `12 records, 2 bad, 1 late, 3 series` */
void agg_say_counts(const struct agg *a);

#endif
