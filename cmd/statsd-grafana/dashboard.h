/* dashboard: metrics → the JSON of one Grafana dashboard. */
#ifndef DASHBOARD_H
#define DASHBOARD_H

#include <stdint.h>

#include "base/text.h"
#include "metrics.h"
#include "queries.h"

struct dashboard {
    struct span word; /* the first word of the names it is for; NULL: it has all */
    size_t panels;    /* at most; the rest is behind one more */
};

/* Appends the dashboard and a LF. */
void dashboard_write(struct text *t, const struct dashboard *d, const struct metrics *m, const struct queries *q);

/* What stands for a word's dashboard: the same on every machine. */
uint64_t dashboard_id(struct span word, const struct queries *q);

/* The first word of a metric's name. */
struct span dashboard_word(const struct metric *m);

#endif
