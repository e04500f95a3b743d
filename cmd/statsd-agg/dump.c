#include "dump.h"

#include <stdlib.h>

#include "saving.h"

bool dump_matches(struct span pattern, struct span name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, resume = 0;
    while (n < name.length) {
        if (p < pattern.length && pattern.text[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.length && (pattern.text[p] == '?' || pattern.text[p] == name.text[n])) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.text[p] == '*')
        p++;
    return p == pattern.length;
}

static bool is_meant(const struct table *t, uint32_t i, enum family family, struct span text, enum dump_meaning meaning,
                     struct tagging_scratch *scratch)
{
    const struct slot *slot = &t->slots[i];
    if (!slot->is_known || (enum family)slot->family != family)
        return false;
    struct span series = table_series(t, slot, scratch);
    return meaning == DUMP_PATTERN ? dump_matches(text, series) : span_equal(text, series);
}

static void put_idle(struct saving *s, const struct slot *slot)
{
    enum family family = (enum family)slot->family;
    if (family == FAMILY_GAUGE)
        saving_put_number(s, saving_series(s, slot), RECORD_GAUGE, slot->cell.before, s->now);
    else
        saving_put(s, saving_series(s, slot), family_record(family), family == FAMILY_COUNTER ? SPAN("0") : SPAN(""),
                   SPAN("1"), s->now, SPAN(""));
}

static void put_series(struct saving *s, uint32_t i)
{
    const struct store *store = s->store;
    const struct slot *slot = &store->table.slots[i];
    bool is_idle = true;
    for (size_t number = 0; number < store_open_count(store); number++) {
        struct interval *interval = store_open(store, number);
        struct cell *c = interval_find(interval, &store->table, i);
        if (c)
            saving_put_cell(s, slot, c, interval);
        is_idle &= !c;
    }
    if (is_idle)
        put_idle(s, slot);
}

char *dump_series(const struct store *s, int64_t now, enum family family, struct span pattern, size_t *length)
{
    struct saving saving = { .store = s, .now = now, .fd = -1, .newest = NEVER, .filled = NEVER };
    for (uint32_t i = 0; i < s->table.count; i++)
        if (is_meant(&s->table, i, family, pattern, DUMP_PATTERN, &saving.scratch))
            put_series(&saving, i);
    tagging_scratch_free(&saving.scratch);
    free(saving.joined);
    *length = saving.length;
    return saving.text;
}

static void drop_cell(struct store *s, struct interval *interval, uint32_t i)
{
    struct slot *slot = &s->table.slots[i];
    struct cell *c = interval_find(interval, &s->table, i);
    if (!c)
        return;
    if (slot->family == FAMILY_GAUGE && s->config->gauges_by_time)
        gauge_samples_free(c->gauge_samples);
    else
        cell_free(c, (enum family)slot->family, &s->config->limits, &s->pool);
    interval_drop(interval, &s->table, i);
    slot_close_cell(slot);
}

static void forget(struct store *s, const struct flush *flush, uint32_t i)
{
    for (size_t number = 0; number < store_open_count(s); number++)
        drop_cell(s, store_open(s, number), i);
    table_forget(&s->table, i);
    if (!s->table.slots[i].open_cells && !flush_needs(flush, i))
        table_release(&s->table, i);
}

size_t dump_forget(struct store *s, const struct flush *flush, enum family family, struct span text,
                   enum dump_meaning meaning)
{
    struct tagging_scratch scratch;
    size_t count = 0;
    tagging_scratch_init(&scratch);
    for (uint32_t i = 0; i < s->table.count; i++)
        if (is_meant(&s->table, i, family, text, meaning, &scratch)) {
            forget(s, flush, i);
            count++;
        }
    tagging_scratch_free(&scratch);
    return count;
}
