/* timer_statistics: which statistics timers have, and under which names, by the options for
 * percentiles, histograms, and a selection. Worked out once, so that a flush only walks rows. */
#ifndef STATISTICS_TIMER_STATISTICS_H
#define STATISTICS_TIMER_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "format/statistics.h"

struct timer_row {
    enum timer_statistic statistic;
    enum statistic_kind kind;
    size_t index;     /* into timer_statistics->percentiles, or the histogram's bins; else 0 */
    struct span name; /* as written in the statistic's column */
};

struct percentile {
    double value;     /* -100 to 100, never 0 */
    struct span name; /* `90`, `99_9`, `top10` */
};

struct bin {
    double limit;     /* exclusive; HUGE_VAL for inf */
    struct span name; /* `histogram.bin_2_21`, or `;le=2.21` where bins are cumulative */
};

/* One --histogram: series that contain `match` have these bins. */
struct histogram {
    struct span match;
    struct bin *bins;
    size_t bin_count;
    struct timer_row *rows;
    size_t row_count;
    bool has_bin_rows;
};

struct timer_statistics {
    struct percentile *percentiles;
    size_t percentile_count;
    struct histogram *histograms; /* the last matches every series and has no bins */
    size_t histogram_count;
    struct timer_row *idle; /* the rows of a timer without samples; their names are a histogram's */
    size_t idle_count;
    bool is_cumulative;    /* --histogram-cumulative: rows `histogram` with the bin in a tag */
    struct span *selected; /* --stats, or NULL: all */
    size_t selected_count;
};

struct timer_statistics *timer_statistics_new(void);
void timer_statistics_free(struct timer_statistics *p);

/* Each reads the value of an option into *p. Returns NULL, or what is wrong with *culprit, a part
 * of text: "expected …". Percentiles and the selection replace earlier ones, histograms are added.
 * text must outlive *p. */
const char *timer_statistics_set_percentiles(struct timer_statistics *p, const char *text, struct span *culprit);
const char *timer_statistics_add_histogram(struct timer_statistics *p, const char *text, struct span *culprit);
const char *timer_statistics_select(struct timer_statistics *p, const char *text, struct span *culprit);

/* Works out the rows, after all options have been read. */
void timer_statistics_finish(struct timer_statistics *p);

/* The histogram of a series, and with it the rows: the first whose match is part of the series. */
const struct histogram *timer_statistics_for(const struct timer_statistics *p, struct span series);

#endif
