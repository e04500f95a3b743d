#include "series/interval.h"

#include "base/xalloc.h"

struct interval *interval_new(int64_t start, int64_t end, uint32_t serial)
{
    struct interval *interval = xmalloc(sizeof *interval);
    *interval = (struct interval){ .start = start, .end = end, .serial = serial ? serial : 1, .newest = NEVER };
    return interval;
}

/* Serials may overflow, so their difference decides. */
static bool began_later(uint32_t serial, uint32_t other)
{
    return (int32_t)(serial - other) > 0;
}

/* Field by field: the slot is usually not in the cache, and a copy by way of the stack would wait
 * until it is. */
static void make_empty(struct slot *s, uint32_t interval)
{
    struct cell *c = &s->cell;
    c->interval = interval;
    c->count = 0;
    c->next = NULL;
    if (s->family != FAMILY_GAUGE)
        c->weight = 0;
}

struct cell *interval_make(struct interval *interval, struct table *t, uint32_t slot)
{
    struct cell *found = interval_find(interval, t, slot);
    if (found)
        return found;
    struct slot *s = &t->slots[slot];
    interval->count++;
    slot_open_cell(s);
    if (s->cell.interval && !began_later(interval->serial, s->cell.interval)) {
        const struct cell empty = { .interval = interval->serial };
        return overflow_put(&t->overflow, slot, &empty);
    }
    if (s->cell.interval)
        overflow_put(&t->overflow, slot, &s->cell);
    make_empty(s, interval->serial);
    return &s->cell;
}

void interval_drop(struct interval *interval, struct table *t, uint32_t slot)
{
    struct cell *own = &t->slots[slot].cell;
    if (own->interval == interval->serial)
        own->interval = 0;
    else
        overflow_remove(&t->overflow, slot, interval->serial);
    interval->count--;
}
