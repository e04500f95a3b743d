/* expose: the metrics as text, in Prometheus' text format or in OpenMetrics. */
#ifndef EXPOSE_H
#define EXPOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "registry.h"

enum expose_format { EXPOSE_TEXT, EXPOSE_OPENMETRICS, EXPOSE_FORMATS };

/* A figure of the program itself. */
struct expose_figure {
    const char *name, *help;
    bool is_total;
    double value;
};

/* Appends all metrics as they are now (monotonic ms); percentiles that were not given within ttl ms
 * are left out. */
void expose_now(struct text *t, const struct registry *r, enum expose_format format, int64_t now, int64_t ttl);

/* Appends figures, each with the prefix, which is fit for a name, before its own. */
void expose_figures(struct text *t, enum expose_format format, struct span prefix, const struct expose_figure *figures,
                    size_t count);

/* Appends what ends the text. */
void expose_end(struct text *t, enum expose_format format);

/* The texts of numbers that many lines have, so that they are written once. Begin with zeros. */
enum { EXPOSE_TIMES = 64, EXPOSE_LIMITS = 16, EXPOSE_KNOWN_MAX = 48 };
struct expose_known {
    double value;
    size_t length;
    char text[EXPOSE_KNOWN_MAX];
};
struct expose_texts {
    struct expose_known times[EXPOSE_TIMES], limits[EXPOSE_LIMITS];
};

/* Appends a family's history in OpenMetrics, with times. */
void expose_history(struct text *t, const struct family *f, struct expose_texts *texts);

#endif
