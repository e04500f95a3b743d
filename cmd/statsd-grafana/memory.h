/* memory: the file in the directory of --dir that lists all metrics of its dashboards, so that they
 * keep them over a restart. Its lines are aggregates: the lines of a metric have each of its tags,
 * with the value `-`, and the first one has its weight as the value. */
#ifndef MEMORY_H
#define MEMORY_H

#include "base/text.h"
#include "filter/bad_rows.h"
#include "metrics.h"

#define MEMORY_NAME ".statsd-grafana.tsv"

/* Adds the metrics of the file to *m, if the file exists. Bad lines are reported in *bad and left
 * out. False: the file cannot be read, and a message says why. */
bool memory_load(struct metrics *m, const char *path, struct bad_rows *bad);

/* Appends the new contents of the file. */
void memory_write(struct text *t, const struct metrics *m);

#endif
