/* datum: a point → the metrics of PutMetricData, as JSON, one on each line.
 *
 *     {"MetricName":"api","Dimensions":[{"Name":"env","Value":"prod"}],"Timestamp":17,"Value":3}
 *
 * A counter and a set have their count, a gauge its value. A timer has a statistic set
 * (SampleCount, Sum, Minimum, Maximum), and each percentile as NAME.upper_90. Own rows have each
 * statistic, as SERIES.STATISTIC. */
#ifndef DATUM_H
#define DATUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/parts.h"
#include "format/points.h"
#include "format/rows.h"

enum {
    DATUM_DIMENSIONS = 30,
    DATUM_PAST = 14 * 24 * 3600, /* s: CloudWatch takes nothing older than two weeks */
    DATUM_AHEAD = 2 * 3600,      /* s: and nothing further ahead than two hours */
};

struct data {
    bool has_resolution; /* StorageResolution is 1 */
    struct parts parts;
};

void data_init(struct data *d, bool has_resolution);
void data_free(struct data *d);

/* True if CloudWatch accepts the point; otherwise *refused has the reason. now is Unix ms. */
bool data_check(const struct point *p, int64_t now, struct rows_refusal *refused);

/* True if a timer lacks a statistic that its statistic set needs. */
bool data_lacks_statistics(const struct point *p);

/* Begins with a point, and returns how many metrics it has. */
size_t data_begin(struct data *d, const struct point *p);

/* The most bytes that data_write writes. */
size_t data_size(const struct point *p);

/* Writes metric `index` with its LF, and returns the end; `to` if the point has none there. */
char *data_write(struct data *d, char *to, const struct point *p, size_t index);

/* NULL, or why CloudWatch refuses this namespace. */
const char *data_namespace_fault(const char *name);

#endif
