/* names: a StatsD name and its tags → the name of a Prometheus metric and its labels, by
 * Prometheus' rules. Pure. */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/text.h"
#include "format/parts.h"

/* Appends the name with every byte that Prometheus does not take in one as `_`, and a `_` before a
 * digit at its start. */
void names_put_metric(struct text *t, struct span name);

/* Appends a label's name: the same, but one that begins with `__` begins with `_`, and `le` and
 * `quantile` are `_le` and `_quantile`. */
void names_put_key(struct text *t, struct span key);

/* Appends text in double quotes' form: `\\`, `\"` and `\n` escaped, and `_` for each byte that is
 * not part of valid UTF-8. */
void names_put_escaped(struct text *t, struct span from);

enum { NAMES_LABELS_MOST = 256 };

/* Appends `key="value",key="value"`, in byte order of the keys. If two tags get the same key, the
 * later one gets a `_` after it. False: there are more than NAMES_LABELS_MOST tags. */
bool names_put_labels(struct text *t, const struct parts *parts);

/* Appends a number as OpenMetrics wants it in the labels `le` and `quantile`: `0.5`, `10.0`,
 * `1e+06`, `+Inf`. */
void names_put_limit(struct text *t, double limit);

/* The suffixes that a metric's name owns besides itself; the last is NULL. */
extern const char *const names_suffixes[];

#endif
