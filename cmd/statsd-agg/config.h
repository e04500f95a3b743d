/* config: every option of statsd-agg, as a value that is already checked. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "samples/cell.h"
#include "samples/family.h"
#include "series/idle.h"
#include "statistics/timer_statistics.h"
#include "time/event.h"

/* What decides the interval of a record. */
enum time_mode {
    TIME_LIVE,  /* its arrival */
    TIME_EVENT, /* its own time */
    TIME_ONCE,  /* there is one interval */
};

struct config {
    enum time_mode mode;
    bool gauges_by_time;    /* gauge samples of an interval take effect in the order of their time */
    int64_t interval;       /* ms; 0: none was given and --once needs none */
    int64_t offset;         /* ms: boundaries are multiples of the interval plus this */
    int64_t lateness;       /* ms, or LATENESS_ALL */
    bool has_lateness;      /* it was given */
    int64_t max_gap;        /* ms */
    int64_t idle[FAMILIES]; /* ms, or IDLE_FOREVER */
    bool stamp_start;
    struct cell_limits limits; /* what bounds a timer's and a set's memory */
    uint32_t max_series;
    const char **tags; /* `key:value`, of every series */
    size_t tag_count;
    struct timer_statistics *statistics; /* which statistics a timer has */
    struct span self_series;             /* escaped */
    bool no_self;
    size_t max_line;
    int64_t drain; /* ms */
    bool strict;
    const char *late; /* files' names, or NULL */
    const char *state;
    const char *rejects;
    int ready_fd; /* or -1 */
    char **files; /* ends with NULL; `-` is stdin */
};

#endif
