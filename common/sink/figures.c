#include "sink/figures.h"

#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/xalloc.h"

/* The counters, in the order in which they are reported. */
static const struct {
    const char *name;
    bool if_any; /* reported only if it is not 0 */
} rows[FIGURES] = {
    [FIGURE_LINES_SENT] = { "lines_sent", false },
    [FIGURE_LINES_RESENT] = { "lines_resent", false },
    [FIGURE_LINES_REFUSED] = { "lines_refused", false },
    [FIGURE_LINES_DROPPED] = { "lines_dropped", false },
    [FIGURE_LINES_UNCONFIRMED] = { "lines_unconfirmed", false },
    [FIGURE_RECONNECTS] = { "reconnects", false },
    [FIGURE_BAD_LINES] = { "bad_lines", true },
    [FIGURE_REJECTS_LOST] = { "rejects_lost", true },
};

void figures_init(struct figures *f, int64_t now)
{
    *f = (struct figures){ .last_flush = now };
}

void figures_done(struct figures *f, const struct queue_interval *i, int64_t now)
{
    f->last_flush = clock_wall_ms() / 1000;
    f->flush_time = now - i->ended;
    f->flush_length = (int64_t)i->bytes;
}

static void tell(struct figure_values *v, const char *prefix, const char *figure, uint64_t count)
{
    char *text = v->texts[v->count];
    size_t length = (size_t)snprintf(text, sizeof *v->texts - NUMBER_TEXT_MAX, "%s%s", prefix, figure);
    char *value = text + length;
    v->values[v->count++] = (struct point_value){ { text, length }, { value, number_format_uint(count, value) } };
}

/* The current counts. */
static struct queue_told counts(const struct figures *f, const struct queue *q, const struct outage *o)
{
    const struct queue_counts *c = &q->counts;
    return (struct queue_told){ {
        [FIGURE_LINES_SENT] = c->delivered,
        [FIGURE_LINES_RESENT] = c->resent,
        [FIGURE_LINES_REFUSED] = c->refused + f->refused_here,
        [FIGURE_LINES_DROPPED] = c->dropped,
        [FIGURE_LINES_UNCONFIRMED] = c->unconfirmed,
        [FIGURE_RECONNECTS] = o->reconnects,
        [FIGURE_BAD_LINES] = f->bad_lines,
        [FIGURE_REJECTS_LOST] = f->rejects_lost,
    } };
}

struct queue_told *figures_tell(struct figures *f, const struct queue *q, const struct outage *o, const char *prefix,
                                struct figure_values *values)
{
    const struct queue_told present = counts(f, q, o);
    struct queue_told *told = xcalloc(1, sizeof *told);
    values->count = 0;
    tell(values, prefix, "last_exception", (uint64_t)o->last_exception);
    tell(values, prefix, "last_flush", (uint64_t)f->last_flush);
    tell(values, prefix, "flush_time", (uint64_t)f->flush_time);
    tell(values, prefix, "flush_length", (uint64_t)f->flush_length);
    tell(values, prefix, "lines_waiting", queue_points(q));
    for (int i = 0; i < FIGURES; i++) {
        told->counts[i] = present.counts[i] - f->told.counts[i];
        if (told->counts[i] || !rows[i].if_any)
            tell(values, prefix, rows[i].name, told->counts[i]);
    }
    f->told = present;
    return told;
}

void figures_give_back(struct figures *f, const struct queue_told *told)
{
    for (int i = 0; i < FIGURES; i++)
        f->told.counts[i] -= told->counts[i];
}
