/* buckets: magnitudes counted in buckets 2 % wide; the half of a sketch that holds one sign. */
#ifndef SAMPLES_BUCKETS_H
#define SAMPLES_BUCKETS_H

#include <stdbool.h>

/* The number of buckets. They are numbered from 0 by rising magnitude. */
enum { BUCKETS = 2450 };

/* Begin with zeros: no bucket is in use. */
struct buckets {
    double least, greatest; /* of the magnitudes counted; 0 while there are none */
    double *weights;        /* of the buckets first to first + count - 1; freed by free(3) */
    unsigned first, count;
};

/* The bucket of a magnitude > 0. */
unsigned bucket_of(double magnitude);

/* Adds weight to a bucket, allocating it if need be. */
void bucket_add(struct buckets *buckets, unsigned bucket, double weight);

/* Counts a magnitude > 0 with its weight. */
void buckets_add(struct buckets *buckets, double magnitude, double weight);

/* Adds everything that `other` has counted. */
void buckets_merge(struct buckets *buckets, const struct buckets *other);

/* The weight added to a bucket so far. */
double bucket_weight(const struct buckets *buckets, unsigned bucket);

/* The value that stands for a bucket: within 1 % of every magnitude from 1e-9 to 1e12 in it, and
 * between the least and the greatest. */
double bucket_value(const struct buckets *buckets, unsigned bucket);

/* True when the outermost non-empty buckets are those of the least and the greatest. */
bool buckets_are_sound(const struct buckets *buckets);

#endif
