#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void store_init(struct store *s, const struct config *config, int64_t wall, int64_t monotonic)
{
    *s = (struct store){ .config = config };
    table_init(&s->table, (uint32_t)config->filter.max_series);
    for (size_t i = 0; i < config->tag_count; i++)
        tagging_add(&s->table.tagging, config->tags[i]);
    if (config->mode == TIME_EVENT) {
        event_init(&s->event, config->interval, config->offset, config->lateness, config->max_gap);
        s->event.by_clock = config->clock.length > 0;
    } else if (config->mode == TIME_LIVE) {
        live_begin(&s->live, config->interval, config->offset, wall, monotonic);
        s->current = interval_new(s->live.start, s->live.end, 1);
    } else {
        s->current = interval_new(0, 0, 1);
    }
}

void store_add_due(struct store *s, struct interval *interval)
{
    s->due = xreallocarray(s->due, s->due_count + 1, sizeof *s->due);
    s->due[s->due_count++] = interval;
}

void store_drop_due(struct store *s)
{
    free(s->due[0]);
    memmove(s->due, s->due + 1, --s->due_count * sizeof *s->due);
}

static void free_cells(struct store *s, const struct interval *interval)
{
    for (uint32_t i = 0; i < s->table.count && interval->count; i++) {
        struct cell *c = interval_find(interval, &s->table, i);
        if (!c)
            continue;
        enum family family = (enum family)s->table.slots[i].family;
        if (family == FAMILY_GAUGE && s->config->gauges_by_time && !interval->is_settled)
            gauge_samples_free(c->gauge_samples);
        else
            cell_free(c, family, &s->config->limits, &s->pool);
    }
}

void store_free(struct store *s)
{
    for (size_t i = 0; i < store_open_count(s); i++)
        free_cells(s, store_open(s, i));
    for (size_t i = 0; i < s->due_count; i++)
        free_cells(s, s->due[i]);
    while (s->due_count)
        store_drop_due(s);
    free(s->due);
    free(s->current);
    pool_free(&s->pool);
    evict_free(&s->evict);
    event_free(&s->event);
    table_free(&s->table);
}

void store_compact(struct store *s)
{
    uint32_t *moved = table_compact(&s->table);
    if (!moved)
        return;
    free(moved);
    evict_renew(&s->evict);
}

void store_count_left(const struct store *s, size_t first, size_t *intervals, size_t *series)
{
    *intervals = s->due_count;
    *series = first;
    for (size_t i = first ? 1 : 0; i < s->due_count; i++)
        *series += s->due[i]->count;
    for (size_t i = 0; i < store_open_count(s); i++) {
        size_t count = store_open(s, i)->count;
        *series += count;
        *intervals += count > 0;
    }
}

struct interval *store_interval(struct store *s, int64_t time)
{
    return s->config->mode == TIME_EVENT ? event_interval(&s->event, time) : s->current;
}
