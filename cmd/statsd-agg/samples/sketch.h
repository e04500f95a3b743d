/* sketch: the quantiles of a timer in bounded memory, with a stated relative error.
 *
 * DDSketch (Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
 * VLDB 2019): samples are counted in buckets so narrow that a bucket's value is within 1 % of every sample in it. That
 * holds for 0 and for 1e-9 <= |x| <= 1e12; what lies outside is counted in the outermost bucket. A sketch takes at most
 * 40 KB, and a few KB where the samples span a few powers of ten. All answers are the same on every machine. */
#ifndef SAMPLES_SKETCH_H
#define SAMPLES_SKETCH_H

#include <stddef.h>
#include <stdint.h>

struct sketch;

/* An empty sketch, for sketch_free. */
struct sketch *sketch_new(void);
void sketch_free(struct sketch *sketch); /* NULL is fine */

/* Adds a sample, which must be finite, as `weight` samples, weight >= 1 (1/rate). */
void sketch_add(struct sketch *sketch, double x, double weight);

/* Adds all samples that another sketch has taken, as if they came now. */
void sketch_merge(struct sketch *sketch, const struct sketch *other);

/* What is kept exactly; all 0 for an empty sketch. The sums are added up in order of arrival; they and the weight are
 * not finite once they have outgrown a double. */
struct sketch_totals {
    uint64_t samples;
    double weight;           /* Σw */
    double lower, upper;     /* the smallest and the largest sample */
    double sum, sum_squares; /* Σwx and Σwx² */
};
struct sketch_totals sketch_totals(const struct sketch *sketch);

/* The value at the rank, counted from 0, of the samples in rising order, each as often as it weighs: within 1 % of the
 * exact one. Exact are the first and the last, 0, and the two next to 0 on either side, so that the mean of two
 * neighbours, a median, is within 1 % too. A rank outside is the nearest inside; 0 for an empty sketch. */
double sketch_at_rank(const struct sketch *sketch, double rank);

/* Estimates, without a guarantee, of the sums over the `count` smallest samples. Exact for all of them. */
struct sketch_sums {
    double sum, sum_squares;
};
struct sketch_sums sketch_sums_below(const struct sketch *sketch, double count);

/* An estimate, without a guarantee, of the weight of the samples less than limit, which may be infinite. A whole number
 * if all weights are. */
double sketch_count_below(const struct sketch *sketch, double limit);

/* The population's standard deviation, computed from the exact sums: without a guarantee where it is small beside the
 * mean. Never negative, never NaN. */
double sketch_deviation(const struct sketch *sketch);

/* Writes the sketch as one word of printable ASCII, free of blanks and backslashes, of which at most `room` bytes are
 * stored at `to`; returns how many the whole word has, so that it is whole if that is <= room. */
size_t sketch_write(const struct sketch *sketch, char *to, size_t room);

/* A sketch that answers, and goes on, as the one that was written; NULL where text[0..length) is no such word. */
struct sketch *sketch_read(const char *text, size_t length);

#endif
