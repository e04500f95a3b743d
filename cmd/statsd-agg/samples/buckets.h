/* buckets: magnitudes counted in buckets of 2 % each, the half of a sketch that holds one sign. */
#ifndef SAMPLES_BUCKETS_H
#define SAMPLES_BUCKETS_H

#include <stdbool.h>

/* The number of buckets; they are counted from 0, in rising order of magnitude. */
enum { BUCKETS = 2450 };

/* No bucket in use: all 0. */
struct buckets {
    double least, greatest; /* of the magnitudes counted, 0 while there is none */
    double *weights;        /* of the buckets first to first + count - 1; free() it in the end */
    unsigned first, count;
};

/* The bucket of a magnitude > 0. */
unsigned bucket_of(double magnitude);

/* Adds weight to a bucket, taking memory for it if there is none. */
void bucket_add(struct buckets *buckets, unsigned bucket, double weight);

/* Counts a magnitude > 0. */
void buckets_add(struct buckets *buckets, double magnitude, double weight);

/* Adds all that another one counts. */
void buckets_merge(struct buckets *buckets, const struct buckets *other);

/* What was added to a bucket. */
double bucket_weight(const struct buckets *buckets, unsigned bucket);

/* The value of a bucket: within 1 % of every magnitude from 1e-9 to 1e12 in it, and between the least and the greatest. */
double bucket_value(const struct buckets *buckets, unsigned bucket);

/* Whether the outermost buckets that are not empty are those of the least and the greatest. */
bool buckets_are_sound(const struct buckets *buckets);

#endif
