/* queries: the queries of a panel to Graphite or Prometheus, with the names that statsd-carbon and
 * statsd-prometheus write. */
#ifndef QUERIES_H
#define QUERIES_H

#include <stdbool.h>

#include "base/text.h"
#include "format/graphite.h"
#include "metrics.h"

enum datasource { DATASOURCE_GRAPHITE, DATASOURCE_PROMETHEUS };

struct queries {
    enum datasource datasource;
    struct paths paths;         /* for Graphite */
    const char *const *seconds; /* for Prometheus: patterns, up to a NULL, of timers in seconds */
};

/* Takes a query and its legend. In the legend, the tags' values of a series are Grafana's. */
typedef void query_taker(void *self, struct span query, struct span legend);

/* Hands over each query of the metric's panel, in the order of its lines. */
void queries_of(const struct queries *q, const struct metric *m, query_taker *take, void *self);

/* Grafana's unit of the metric's values. */
const char *queries_unit(const struct queries *q, const struct metric *m);

/* Appends the name of the variable that selects the values of a tag. */
void queries_put_variable(struct text *t, const char *tag);

#endif
