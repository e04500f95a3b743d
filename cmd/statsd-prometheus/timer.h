/* timer: the rows of a timer in one interval, put together: its count, its sum over the same
 * samples, its percentiles and its bins. Pure. */
#ifndef TIMER_H
#define TIMER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "format/points.h"

struct timer_pair {
    double at, value; /* a quantile and its value, or a bin's limit and the samples up to it */
};

struct timer_pairs {
    struct timer_pair *list; /* ascending, each `at` once */
    size_t count, capacity;
};

struct timer {
    bool has_count, has_mean;
    double count; /* scaled by the sample rate */
    double sum;   /* of as many; without a mean, as the rows have it */
    struct timer_pairs quantiles, bins;
    bool has_plain_bins; /* histogram.bin_B, whose limits are exclusive: they are left out */
};

/* True if timer_read or timer_is_bin looks at rows with this statistic. */
bool timer_wants(struct span statistic);

/* Reads the rows of a point; its bins are empty. Begin the first time with zeros; a timer can be
 * read into again. timer_free frees its memory. */
void timer_read(struct timer *t, const struct point *p);
void timer_free(struct timer *t);

/* If the point is a cumulative bin, returns true, and sets *before and *after to what is around its
 * tag `le` in its series, and *limit to the text of the limit. */
bool timer_is_bin(const struct point *p, struct span *before, struct span *after, struct span *limit);

/* Adds a bin. False: the limit is no number. */
bool timer_add_bin(struct timer *t, struct span limit, double value);

/* Call it after the last point of the timer: scales the bins to the count. */
void timer_finish(struct timer *t);

#endif
