/* gauge_samples: a gauge's samples in one interval of event time. They are kept until it closes,
 * because they take effect in the order of their times.
 *
 * At most GAUGE_SAMPLES_MOST are kept. When there are more, the older half of the deltas after the
 * newest set is folded: two neighbours become one delta, with the time of the later one. The sum is
 * the same except for its last digits. If a set comes later for a time between the two, it no
 * longer undoes only the earlier one. */
#ifndef SAMPLES_GAUGE_SAMPLES_H
#define SAMPLES_GAUGE_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

enum { GAUGE_SAMPLES_MOST = 10000 };

/* NULL holds none. */
struct gauge_samples;

/* Adds a sample of that time (ms): a value to set or a delta. Among equal times the one added first
 * takes effect first. Samples that a later set makes irrelevant are dropped. Returns the samples,
 * which may have moved. */
struct gauge_samples *gauge_samples_add(struct gauge_samples *g, int64_t time, double value, bool is_delta);

/* The gauge's value after all samples, beginning with the value before them. A sample that would
 * make it not finite is skipped and counted in *refused, as is a delta that could not be folded for
 * that reason. May sort the samples. */
double gauge_samples_apply(struct gauge_samples *g, double before, uint64_t *refused);

/* Calls take for each sample that is kept; those of equal time in the order they take effect. */
void gauge_samples_each(const struct gauge_samples *g,
                        void (*take)(int64_t time, double value, bool is_delta, void *context), void *context);

void gauge_samples_free(struct gauge_samples *g);

#endif
