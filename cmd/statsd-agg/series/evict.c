#include "series/evict.h"

#include <stdlib.h>

#include "base/xalloc.h"

struct idle_series {
    int64_t last_end;
    uint32_t slot;
};

void evict_free(struct evict *e)
{
    free(e->queue);
    *e = (struct evict){ .queue = NULL };
}

void evict_renew(struct evict *e)
{
    e->is_current = false;
}

static bool is_idle(const struct slot *s)
{
    return s->is_known && !s->open_cells;
}

static int longest_first(const void *left, const void *right)
{
    const struct idle_series *a = left, *b = right;
    if (a->last_end != b->last_end)
        return a->last_end < b->last_end ? -1 : 1;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

static void make_queue(struct evict *e, const struct table *t)
{
    evict_free(e);
    e->queue = xreallocarray(NULL, t->known, sizeof *e->queue);
    for (uint32_t i = 0; i < t->count; i++)
        if (is_idle(&t->slots[i]))
            e->queue[e->count++] = (struct idle_series){ table_last_end(t, &t->slots[i]), i };
    qsort(e->queue, e->count, sizeof *e->queue, longest_first);
    e->is_current = true;
}

int64_t evict_choose(struct evict *e, const struct table *t)
{
    if (!e->is_current)
        make_queue(e, t);
    for (; e->next < e->count; e->next++)
        if (is_idle(&t->slots[e->queue[e->next].slot]))
            return e->queue[e->next++].slot;
    return -1;
}
