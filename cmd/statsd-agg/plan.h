/* plan: which statistics a timer has, and under which names, as the options want it: percentiles, histograms, a selection.
 * Worked out once, so that a flush only walks rows. */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "span.h"

/* What a row computes; those of a percentile and of a bin say which by `index`. */
enum statistic {
    STAT_COUNT,
    STAT_COUNT_PS,
    STAT_LOWER,
    STAT_UPPER,
    STAT_SUM,
    STAT_SUM_SQUARES,
    STAT_MEAN,
    STAT_MEDIAN,
    STAT_STD,
    STAT_COUNT_P,
    STAT_MEAN_P,
    STAT_BOUND_P, /* upper_P, or lower_P for a negative P */
    STAT_SUM_P,
    STAT_SUM_SQUARES_P,
    STAT_BIN
};

struct plan_row {
    enum statistic statistic;
    size_t index;     /* into plan->percentiles, or the histogram's bins */
    struct span name; /* as it leaves in the statistic's column */
};

struct percentile {
    double value;     /* -100 to 100, never 0 */
    struct span name; /* `90`, `99_9`, `top10` */
};

struct bin {
    double limit;     /* exclusive; HUGE_VAL for inf */
    struct span name; /* `histogram.bin_2_21`, or `;le=2.21` where bins are cumulative */
};

/* One --histogram: the series that contain `match` have these bins. */
struct histogram {
    struct span match;
    struct bin *bins;
    size_t bin_count;
    struct plan_row *rows;
    size_t row_count;
};

struct plan {
    struct percentile *percentiles;
    size_t percentile_count;
    struct histogram *histograms; /* the last matches every series and has no bins */
    size_t histogram_count;
    bool is_cumulative;    /* --histogram-cumulative: a row's name is `histogram`, its bin is in a tag */
    struct span *selected; /* --stats, or NULL: all */
    size_t selected_count;
};

struct plan *plan_new(void);
void plan_free(struct plan *p);

/* Each reads one option's value into the plan. Returns NULL, or what is wrong with *culprit (a part of text): "expected …".
 * Percentiles and the selection replace what was set before, histograms add up. text must outlive the plan. */
const char *plan_set_percentiles(struct plan *p, const char *text, struct span *culprit);
const char *plan_add_histogram(struct plan *p, const char *text, struct span *culprit);
const char *plan_select(struct plan *p, const char *text, struct span *culprit);

/* Works out the rows, after all options have been read. */
void plan_finish(struct plan *p);

/* The histogram, and with it the rows, of a series: the first whose match is part of it. */
const struct histogram *plan_for(const struct plan *p, struct span series);

/* True when a timer's statistic of that name is wanted. */
bool plan_wants(const struct plan *p, struct span name);

#endif
