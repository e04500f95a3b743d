/* grammar: StatsD lines by the grammar alone, without its straight path, which would take the same lines as the ways that are
 * tested against it. For one file of a program: it stands in for wire_plain. */
#ifndef GRAMMAR_H
#define GRAMMAR_H

#include "wire.h"

bool wire_plain(const struct wire *w, struct sample *sample);
bool wire_plain(const struct wire *w, struct sample *sample)
{
    (void)w;
    (void)sample;
    return false;
}

/* Calls take(sample, context) for each sample of a line that is not too long; time is that of samples that bring none. */
static inline void grammar_each(struct wire *w, struct span line, size_t max_line, int64_t time,
                                void (*take)(const struct sample *sample, void *context), void *context)
{
    struct sample sample;
    enum wire_event event;
    line.length -= line.length && line.text[line.length - 1] == '\r';
    if (line.length > max_line)
        return;
    wire_open(w, line.text, line.length);
    while ((event = wire_next(w, &sample)) != WIRE_END) {
        if (event != WIRE_SAMPLE)
            continue;
        if (!sample.has_time)
            sample.time = time;
        take(&sample, context);
    }
}

#endif
