/* metrics: the names, types, tags and statistics in an input, and how many samples each has. */
#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/index.h"
#include "base/span.h"
#include "base/text.h"
#include "format/parts.h"
#include "format/points.h"

/* Everything that has one name and one type. */
struct metric {
    struct index_node node;
    struct metric *next; /* in order of appearance */
    char *name;          /* unescaped, ends in a NUL; of an own row also its statistic */
    size_t length;
    enum aggregate_type type;
    char *own_series, *own_statistic; /* of an own row, escaped */
    double weight;                    /* samples of counters and timers, values of others */
    struct metric_words {
        char **list; /* in byte order, each once */
        size_t count;
    } tags, statistics;
    bool has_bins;
};

struct metrics {
    struct index by_name, by_series;
    struct hash_seed seed;
    struct metric *first, *last;
    size_t count;
    uint64_t changes; /* counts metrics, tags and statistics that were new */
    bool no_self, renames_name;
    bool is_restoring; /* the points are those of memory.h: the first value of each is a weight */
    struct parts parts;
    struct text scratch, key;
};

/* renames_name: a tag with the key `name` has a `_` before it, as it has in Graphite. */
void metrics_init(struct metrics *m, bool no_self, bool renames_name);
void metrics_free(struct metrics *m);

/* What points_init is given, with the metrics as its self. */
extern const struct points_owner metrics_owner;

/* True if the metric has the statistic or the tag. */
bool metric_has(const struct metric_words *words, const char *word);

#endif
