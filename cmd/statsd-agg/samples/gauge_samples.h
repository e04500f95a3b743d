/* gauge: the samples of one gauge in one interval, kept until it closes, for they take effect in the order of their time. */
#ifndef SAMPLES_GAUGE_SAMPLES_H
#define SAMPLES_GAUGE_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

/* NULL holds none. */
struct gauge_samples;

/* Adds a sample of that time (ms), a set or a delta; of equal times the earlier added comes first. What a later set makes
 * irrelevant is not kept. Returns the samples, which may have moved. */
struct gauge_samples *gauge_samples_add(struct gauge_samples *g, int64_t time, double value, bool is_delta);

/* The gauge's value after all samples, from the value before them; a sample that would make it not finite is left out and
 * counted in *refused. */
double gauge_samples_apply(struct gauge_samples *g, double before, uint64_t *refused);

/* Calls take for each sample kept, in the order they take effect among those of equal time. */
void gauge_samples_each(const struct gauge_samples *g,
                        void (*take)(int64_t time, double value, bool is_delta, void *context), void *context);

void gauge_samples_free(struct gauge_samples *g);

#endif
