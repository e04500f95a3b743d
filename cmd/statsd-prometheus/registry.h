/* registry: the known metrics, the owners of their names, and the metrics that are to be removed.
 *
 * A metric is one series of aggregates. Metrics whose name and type are the same are a family. It
 * has one name in Prometheus and owns it with its suffixes (format/prometheus.h): no other family
 * gets one of these as long as the family has a metric.
 *
 * There are two lists of metrics, those with a total and the others, each in the order of their
 * last use. When a new metric needs room, the metric with a total that has been idle longest is
 * removed. A metric without a total is removed when it has not been used for --ttl. */
#ifndef REGISTRY_H
#define REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/index.h"
#include "base/span.h"
#include "base/text.h"
#include "format/parts.h"
#include "format/types.h"
#include "history.h"

/* The numbers of a metric, its data, by shape. The first is a time in ms since 1970.
 *   SHAPE_COUNTER    time, total
 *   SHAPE_GAUGE      time, value
 *   SHAPE_SUMMARY    time, count, sum, N, then N times: quantile, value
 *   SHAPE_HISTOGRAM  time, count, sum, N, then N times: limit, count of the samples up to it */
enum shape { SHAPE_COUNTER, SHAPE_GAUGE, SHAPE_SUMMARY, SHAPE_HISTOGRAM };
enum { DATA_TIME, DATA_VALUE, DATA_SIMPLE };                  /* of a counter or gauge */
enum { DATA_COUNT = 1, DATA_SUM, DATA_PAIRS, DATA_PAIRS_AT }; /* of a timer */

struct numbers {
    double *list;
    size_t count, capacity;
};

/* Makes room for count numbers, which the caller sets. */
double *numbers_room(struct numbers *n, size_t count);

struct family {
    struct index_node node, by_stem;
    enum aggregate_type type;
    enum shape shape;
    double divisor; /* of a timer's values */
    struct metric *first, *last;
    struct family *next, *previous;
    size_t stem_length; /* of the name before a suffix that another family owns; 0: it has none */
    size_t name_length, origin_length;
    char texts[]; /* family_name, then family_origin */
};

/* In Prometheus, without a suffix. */
static inline struct span family_name(const struct family *f)
{
    return (struct span){ f->texts, f->name_length };
}

/* In StatsD, escaped by prometheus_put_escaped. */
static inline struct span family_origin(const struct family *f)
{
    return (struct span){ f->texts + f->name_length, f->origin_length };
}

struct metric {
    struct metric *after, *before; /* of all metrics, in order of appearance */
    struct family *family;
    enum aggregate_type type; /* the family's, and whether there is a total: at hand for a search */
    bool has_total;
    struct numbers data;
    struct history history;       /* for --dry-run: the data of each interval */
    struct metric *newer, *older; /* in the list of uses */
    int64_t used;                 /* monotonic ms */
    int64_t quantiles_given;      /* the same */
    uint64_t interval;            /* the number of the one it was last used in */
    size_t series_length, labels_length;
    struct metric *next, *previous; /* in the family, in order of appearance */
    struct index_node by_series, by_labels;
    char texts[]; /* metric_series, then metric_labels */
};

/* Escaped, as in the aggregates. */
static inline struct span metric_series(const struct metric *m)
{
    return (struct span){ m->texts, m->series_length };
}

/* `key="value",…` */
static inline struct span metric_labels(const struct metric *m)
{
    return (struct span){ m->texts + m->series_length, m->labels_length };
}

struct uses {
    struct metric *newest, *oldest;
};

struct registry_options {
    size_t max_series;
    int64_t ttl;                /* ms */
    const char *const *seconds; /* patterns, up to a NULL: timers in seconds */
    bool keeps_all;             /* nothing goes: for --dry-run */
    struct span reserved;       /* no family's name may begin with it; empty: any may */
};

struct registry {
    const struct registry_options *options;
    struct hash_seed seed;
    struct index families, stems, by_series, by_labels;
    struct family *first, *last; /* in order of appearance */
    struct uses totals, others;
    struct metric *latest; /* that has appeared */
    struct metric *found;  /* by the last registry_find, or NULL */
    size_t count;          /* of metrics */
    uint64_t interval;     /* the number of the open one */
    uint64_t forgotten;    /* totals that had to go */
    uint64_t generation;   /* counts changes; the owner counts those of data */
    struct history_memory history;
    struct parts parts;
    struct text name, labels, origin, why;
};

void registry_init(struct registry *r, const struct registry_options *options);
void registry_free(struct registry *r);

/* The metric of a series and type, or NULL. Quick if the metrics come in the order in which they
 * first appeared, as statsd-agg writes them. */
struct metric *registry_find(struct registry *r, enum aggregate_type type, struct span series);

#define REGISTRY_NO_BINS "it has no bins, and the first of its name had"

/* Adds a metric that does not exist, with DATA_SIMPLE or DATA_PAIRS_AT zeros as data. It gets the
 * shape of its family, or the given one if that is new. NULL: it is refused, *what has the kind of
 * reason and *why the reason, valid until the next call. */
struct metric *registry_add(struct registry *r, enum aggregate_type type, struct span series, enum shape shape,
                            const char **what, const char **why);

/* Notes that it is used now (monotonic ms), in the open interval. */
void registry_use(struct registry *r, struct metric *m, int64_t now);

/* Removes metrics that have not been used for --ttl. Returns when (monotonic ms) the next one is
 * due, or INT64_MAX. */
int64_t registry_expire(struct registry *r, int64_t now);

#endif
