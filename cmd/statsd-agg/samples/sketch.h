/* sketch: a timer's quantiles in bounded memory, with a guaranteed relative error.
 *
 * DDSketch (Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
 * relative-error guarantees", VLDB 2019): samples are counted in buckets so narrow that a bucket's
 * value is within 1 % of every sample in it. That holds for 0 and for 1e-9 <= |x| <= 1e12; samples
 * outside are counted in the outermost bucket. A sketch takes at most 40 KB, and a few KB when the
 * samples span a few powers of ten. All results are the same on every machine. */
#ifndef SAMPLES_SKETCH_H
#define SAMPLES_SKETCH_H

#include <stddef.h>
#include <stdint.h>

struct sketch;

/* An empty sketch, to be freed by sketch_free. */
struct sketch *sketch_new(void);
void sketch_free(struct sketch *sketch); /* NULL is fine */

/* Adds a sample, which must be finite. It counts as `weight` samples, weight >= 1 (1/rate). */
void sketch_add(struct sketch *sketch, double x, double weight);

/* Adds all samples of another sketch, as if they came now. */
void sketch_merge(struct sketch *sketch, const struct sketch *other);

/* What is kept exactly; all 0 for an empty sketch. Sums are added up in the order of arrival. They
 * and the weight are not finite once they have overflowed a double. */
struct sketch_totals {
    uint64_t samples;
    double weight;           /* Σw */
    double lower, upper;     /* the smallest and the largest sample */
    double sum, sum_squares; /* Σwx and Σwx² */
};
struct sketch_totals sketch_totals(const struct sketch *sketch);

/* The value at a rank, counted from 0, among the samples in rising order, each repeated by its
 * weight: within 1 % of the exact one. The first and the last, 0, and the neighbours of 0 on either
 * side are exact, so the mean of two neighbours, a median, is within 1 % too. A rank out of range
 * is moved to the nearest in range. 0 for an empty sketch. */
double sketch_at_rank(const struct sketch *sketch, double rank);

/* The sums over the `count` smallest samples: estimates without a guarantee, but exact over all. */
struct sketch_sums {
    double sum, sum_squares;
};
struct sketch_sums sketch_sums_below(const struct sketch *sketch, double count);

/* The weight of the samples less than limit, which may be infinite: an estimate without a
 * guarantee. An integer if all weights are. */
double sketch_count_below(const struct sketch *sketch, double limit);

/* The population standard deviation, computed from the exact sums: without a guarantee when it is
 * small compared to the mean. Never negative, never NaN. */
double sketch_deviation(const struct sketch *sketch);

/* Writes the sketch as one word of printable ASCII without blanks and backslashes. Stores at most
 * `room` bytes at `to` and returns the length of the whole word, which is complete if it is
 * <= room. */
size_t sketch_write(const struct sketch *sketch, char *to, size_t room);

/* Reads what sketch_write has written: a sketch that gives the same results and can be continued.
 * NULL when text[0..length) is something else. */
struct sketch *sketch_read(const char *text, size_t length);

#endif
