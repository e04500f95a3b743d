/* statistics: which statistics the aggregates of each type have.
 *
 * A statistic is one row below. statsd-agg writes a series' rows in this order and says how it
 * computes each (timer_value() for timers); aggregate_parse() accepts exactly these. */
#ifndef FORMAT_STATISTICS_H
#define FORMAT_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "format/types.h"

/* clang-format off */

/* Statistics:
 *   id    in code
 *   name  in the statistic's column, or the first part of it
 *   kind  STATISTIC_kind */
#define COUNTER_STATISTICS(ROW) \
    ROW(COUNTER_COUNT, "count", PLAIN) \
    ROW(COUNTER_RATE,  "rate",  PLAIN)

#define TIMER_STATISTICS(ROW) \
    ROW(TIMER_COUNT,         "count",       PLAIN) \
    ROW(TIMER_COUNT_PS,      "count_ps",    PLAIN) \
    ROW(TIMER_LOWER,         "lower",       PLAIN) \
    ROW(TIMER_UPPER,         "upper",       PLAIN) \
    ROW(TIMER_SUM,           "sum",         PLAIN) \
    ROW(TIMER_SUM_SQUARES,   "sum_squares", PLAIN) \
    ROW(TIMER_MEAN,          "mean",        PLAIN) \
    ROW(TIMER_MEDIAN,        "median",      PLAIN) \
    ROW(TIMER_STD,           "std",         PLAIN) \
    ROW(TIMER_COUNT_P,       "count",       PERCENTILE) \
    ROW(TIMER_MEAN_P,        "mean",        PERCENTILE) \
    ROW(TIMER_UPPER_P,       "upper",       PERCENTILE_ABOVE) \
    ROW(TIMER_LOWER_P,       "lower",       PERCENTILE_BELOW) \
    ROW(TIMER_SUM_P,         "sum",         PERCENTILE) \
    ROW(TIMER_SUM_SQUARES_P, "sum_squares", PERCENTILE) \
    ROW(TIMER_HISTOGRAM,     "histogram",   BIN)

#define GAUGE_STATISTICS(ROW) \
    ROW(GAUGE_VALUE, "value", PLAIN)

#define SET_STATISTICS(ROW) \
    ROW(SET_COUNT, "count", PLAIN)

/* The statistics as a user may name them, at the default percentile: words for completions. */
#define STATISTICS_WORD(id, name, kind)         STATISTICS_WORD_##kind(name)
#define STATISTICS_WORD_PLAIN(name)             " " name
#define STATISTICS_WORD_PERCENTILE(name)        " " name "_90"
#define STATISTICS_WORD_PERCENTILE_ABOVE(name)  " " name "_90"
#define STATISTICS_WORD_PERCENTILE_BELOW(name)
#define STATISTICS_WORD_BIN(name)               " " name
#define TIMER_STATISTICS_WORDS                  TIMER_STATISTICS(STATISTICS_WORD)
#define STATISTICS_WORDS \
    TIMER_STATISTICS_WORDS COUNTER_STATISTICS(STATISTICS_WORD) GAUGE_STATISTICS(STATISTICS_WORD)

/* clang-format on */

enum statistic_kind {
    STATISTIC_PLAIN,            /* `mean`: of all samples */
    STATISTIC_PERCENTILE,       /* `mean_90`, `mean_top10`: one for each percentile */
    STATISTIC_PERCENTILE_ABOVE, /* `upper_90`: one for each percentile above 0 */
    STATISTIC_PERCENTILE_BELOW, /* `lower_top10`: one for each percentile below 0 */
    STATISTIC_BIN               /* `histogram.bin_10`, or `histogram` with the bin in a tag */
};

#define STATISTICS_ID(id, ...) id,
enum counter_statistic { COUNTER_STATISTICS(STATISTICS_ID) };
enum timer_statistic { TIMER_STATISTICS(STATISTICS_ID) };
enum gauge_statistic { GAUGE_STATISTICS(STATISTICS_ID) };
enum set_statistic { SET_STATISTICS(STATISTICS_ID) };
#undef STATISTICS_ID

struct statistic {
    struct span name;
    enum statistic_kind kind;
};

/* The statistics of a type, by their id, in the order of an interval's rows. own has none here: its
 * statistics are any. */
struct statistics {
    const struct statistic *rows;
    size_t count;
};
extern const struct statistics aggregate_statistics[AGGREGATE_TYPES];

/* True when a type can have a statistic of this name; own has any that is not empty. */
bool aggregate_type_has(enum aggregate_type type, struct span name);

/* True when any type but own can have one of this name. */
bool aggregate_family_has(struct span name);

#endif
