#include "sink/figures.h"

#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/number.h"

/* In the order they are told. */
static const struct {
    const char *name;
    size_t offset; /* of its int64_t in struct figures */
    bool if_any;   /* told only where it is not 0, and then reset to 0 */
} rows[] = {
    { "last_exception", offsetof(struct figures, last_exception), false },
    { "last_flush", offsetof(struct figures, last_flush), false },
    { "flush_time", offsetof(struct figures, flush_time), false },
    { "flush_length", offsetof(struct figures, flush_length), false },
    { "lines_dropped", offsetof(struct figures, lines_dropped), true },
    { "bad_lines", offsetof(struct figures, bad_lines), true },
    { "rejects_lost", offsetof(struct figures, rejects_lost), true },
};

void figures_init(struct figures *f, int64_t now)
{
    *f = (struct figures){ .last_flush = now, .last_exception = now };
}

void figures_begin(struct figures *f, const struct queue *q, int64_t now)
{
    if (f->flushing)
        return;
    f->flushing = true;
    f->began = now;
    f->written = q->written;
}

void figures_end(struct figures *f, const struct queue *q, int64_t now)
{
    if (!f->flushing)
        return;
    f->flushing = false;
    f->flush_time = now - f->began;
    f->flush_length = (int64_t)(q->written - f->written);
    f->last_flush = clock_wall_ms() / 1000;
}

void figures_tell(struct figures *f, const char *prefix, figures_put *put, void *self)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[FIGURES_PREFIX_MAX + 32], value[NUMBER_TEXT_MAX];
        int64_t *figure = (int64_t *)(void *)((char *)f + rows[i].offset);
        if (rows[i].if_any && !*figure)
            continue;
        size_t length = (size_t)snprintf(name, sizeof name, "%s%s", prefix, rows[i].name);
        put(self, (struct span){ name, length }, (struct span){ value, number_format_uint((uint64_t)*figure, value) });
        if (rows[i].if_any)
            *figure = 0;
    }
}
