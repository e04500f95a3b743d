/* populations: makes a timer's sum and bins describe the same samples as its count.
 *
 * statsd-agg scales the count of a timer by the sample rate, but not its sum and its bins (so does
 * the reference). A backend that divides sum by count would show a tenth of the mean for samples at
 * 0.1. This module gets points (points.h) and passes them on to the owner unchanged, except that in
 * a timer whose samples were scaled
 *  - sum is mean × count;
 *  - histogram.bin_B is scaled by count ÷ the number of samples;
 *  - so is a cumulative bin, a point of its own with the tag `le`. */
#ifndef FORMAT_POPULATIONS_H
#define FORMAT_POPULATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/number.h"
#include "format/points.h"

/* True if a timer's sum covers as many samples as its scaled count, up to rounding. Otherwise it
 * covers only the samples that arrived, and mean × count is the sum over all. */
bool populations_agree(double count, double mean, double sum);

/* The factor for the bins of a timer. samples: how many samples its bins have together, which for
 * cumulative bins is the value of the last one; 0 if unknown. */
double populations_factor(double count, double samples);

struct population_bin {
    size_t series, series_length, value_length; /* where its series is in bytes; its value follows */
};

struct populations {
    const struct points_owner *owner;
    void *self;
    bool lacks_mean; /* a timer had a count and a sum but no mean, so its sum could not be checked */

    /* The last timer that was not a bin: bins that follow belong to it. */
    char *timer;
    size_t timer_length, timer_capacity;
    double count, samples; /* samples: 0 if unknown; then bins are held until the last is there */

    struct point_value *values; /* of a point that is changed */
    char *texts;                /* of those that are, NUMBER_TEXT_MAX bytes each */
    size_t value_capacity;

    struct point held; /* what bins that are held have in common */
    char time_text[64];
    char *bytes;
    size_t bytes_length, bytes_capacity;
    struct population_bin *bins;
    size_t bin_count, bin_capacity;
};

/* The owner and self must live on. */
void populations_init(struct populations *p, const struct points_owner *owner, void *self);
void populations_free(struct populations *p);

/* What points_init is given, with the populations as its self. */
extern const struct points_owner populations_owner;

#endif
