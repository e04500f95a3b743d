/* prometheus: a StatsD name and its tags → the name of a Prometheus metric and its labels, by
 * Prometheus' rules. Pure. */
#ifndef FORMAT_PROMETHEUS_H
#define FORMAT_PROMETHEUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/text.h"
#include "format/parts.h"
#include "format/types.h"

/* Appends the name, with `_` for each byte that Prometheus does not allow in a name, and a `_`
 * before a digit at its start. */
void prometheus_put_metric(struct text *t, struct span name);

/* Appends the name that a metric of this StatsD name and type has, without the suffix of its type.
 * in_seconds: it is a timer that --seconds divides. */
void prometheus_put_name(struct text *t, struct span name, enum aggregate_type type, bool in_seconds);

/* Appends a label's name: the same, but one that begins with `__` begins with `_`, and `le` and
 * `quantile` are `_le` and `_quantile`. */
void prometheus_put_key(struct text *t, struct span key);

/* Appends text in double quotes' form: `\\`, `\"` and `\n` escaped, and `_` for each byte that is
 * not part of valid UTF-8. */
void prometheus_put_escaped(struct text *t, struct span from);

enum { PROMETHEUS_LABELS_MOST = 256 };

/* Appends `key="value",key="value"`, in byte order of the keys. If several tags get the same key,
 * the second one gets a `_` after it, the third `_3`, the next `_4`, as far as no other tag has
 * that key already. False: there are more than PROMETHEUS_LABELS_MOST tags. */
bool prometheus_put_labels(struct text *t, const struct parts *parts);

/* Appends a number in the form of OpenMetrics for the labels `le` and `quantile`: `0.5`, `10.0`,
 * `1e+06`, `+Inf`. */
void prometheus_put_limit(struct text *t, double limit);

/* The suffixes that a metric's name owns besides itself; the last is NULL. */
extern const char *const prometheus_suffixes[];

#endif
