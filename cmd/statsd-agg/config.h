/* config: the options of statsd-agg, as values that have been checked. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "filter/options.h"
#include "samples/cell.h"
#include "samples/family.h"
#include "series/idle.h"
#include "statistics/timer_statistics.h"
#include "time/event.h"

/* What decides a record's interval. */
enum time_mode {
    TIME_LIVE,  /* the time of its arrival */
    TIME_EVENT, /* its own time */
    TIME_ONCE,  /* nothing: there is one interval */
};

struct config {
    struct filter_options filter;
    enum time_mode mode;
    bool gauges_by_time;    /* an interval's gauge samples take effect by their times */
    int64_t interval;       /* ms; 0: --once without an interval */
    int64_t offset;         /* ms, less than the interval; added to all boundaries */
    int64_t lateness;       /* ms, or LATENESS_ALL */
    bool has_lateness;      /* --lateness was given */
    int64_t max_gap;        /* ms */
    int64_t idle[FAMILIES]; /* ms, or IDLE_FOREVER */
    bool stamp_start;
    struct cell_limits limits; /* of a timer's samples and a set's members */
    const char **tags;         /* `key:value`, added to every series */
    size_t tag_count;
    struct timer_statistics *statistics; /* the statistics of timers */
    struct span self_series;             /* escaped */
    struct span clock;                   /* the series whose records are the clock, or empty */
    const char *late;                    /* this and the next three: paths, or NULL */
    const char *state;
    const char *resume;
    const char *control;
    char **files; /* ends with NULL; `-` is standard input */
};

#endif
