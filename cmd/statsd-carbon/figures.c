#include "figures.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/number.h"

/* In the order they are sent. */
static const struct {
    const char *name;
    size_t offset; /* of its int64_t in struct figures */
    bool if_any;   /* sent only where it is not 0, and then begun anew */
} rows[] = {
    { "graphiteStats.last_exception", offsetof(struct figures, last_exception), false },
    { "graphiteStats.last_flush", offsetof(struct figures, last_flush), false },
    { "graphiteStats.flush_time", offsetof(struct figures, flush_time), false },
    { "graphiteStats.flush_length", offsetof(struct figures, flush_length), false },
    { "graphiteStats.lines_dropped", offsetof(struct figures, lines_dropped), true },
    { "graphiteStats.bad_lines", offsetof(struct figures, bad_lines), true },
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

static void add_row(struct queue *q, const struct paths *p, struct aggregate *a, const char *name, struct span value)
{
    a->statistic = (struct span){ name, strlen(name) };
    a->value = value;
    char *room = queue_room(q, path_size(p, a));
    queue_added(q, (size_t)(path_write(p, room, a) - room));
}

void figures_add(struct figures *f, struct queue *q, const struct paths *p, struct span series,
                 struct span calculationtime, struct span time_text)
{
    struct aggregate a = { .series = series, .type = AGGREGATE_OWN, .time_text = time_text };
    add_row(q, p, &a, "graphiteStats.calculationtime", calculationtime);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[NUMBER_TEXT_MAX];
        int64_t *figure = (int64_t *)(void *)((char *)f + rows[i].offset);
        if (rows[i].if_any && !*figure)
            continue;
        size_t length = number_format_uint((uint64_t)*figure, text);
        add_row(q, p, &a, rows[i].name, (struct span){ text, length });
        if (rows[i].if_any)
            *figure = 0;
    }
}
