/* intake: points of aggregates → the totals and values of metrics. */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "filter/refusals.h"
#include "format/points.h"
#include "registry.h"
#include "timer.h"

struct intake {
    struct registry *registry;
    struct refusals *refusals;
    const char *const *where;
    const char *self_prefix; /* instead of the series of own rows; NULL: the row's own */
    bool no_self;
    bool is_restoring; /* the points are those of a state file: totals */
    bool is_history;   /* keep the data of each interval; their times must ascend */
    int64_t now;       /* monotonic ms, set by the owner */
    uint64_t refused;  /* points */
    uint64_t changes;  /* of data */
    bool has_means;    /* a timer with a mean has been seen */
    bool lacks_mean; /* a timer with samples had no count and mean, so no timer will have them: the run cannot go on */
    struct complaint plain_bins, shapes, limits;

    bool is_open;     /* a timer waits for its bins */
    struct text open; /* its series */
    int64_t open_time;
    struct timer timer;
    struct text own; /* the series of a self-metric */
};

/* *where is the name of the file being read, for messages. */
void intake_init(struct intake *i, struct registry *registry, struct refusals *refusals, const char *const *where);
void intake_free(struct intake *i);

/* What points_init is given, with the intake as its self. */
extern const struct points_owner intake_owner;

/* Prints how many messages of each kind have not been shown. */
void intake_summarise(struct intake *i);

#endif
