#include "format/statistics.h"

#define ROW(id, name, kind) [id] = { { name, sizeof(name) - 1 }, STATISTIC_##kind },
static const struct statistic counters[] = { COUNTER_STATISTICS(ROW) };
static const struct statistic timers[] = { TIMER_STATISTICS(ROW) };
static const struct statistic gauges[] = { GAUGE_STATISTICS(ROW) };
static const struct statistic sets[] = { SET_STATISTICS(ROW) };
#undef ROW

const struct statistics aggregate_statistics[AGGREGATE_TYPES] = {
    [AGGREGATE_COUNTER] = { counters, sizeof counters / sizeof *counters },
    [AGGREGATE_TIMER] = { timers, sizeof timers / sizeof *timers },
    [AGGREGATE_GAUGE] = { gauges, sizeof gauges / sizeof *gauges },
    [AGGREGATE_SET] = { sets, sizeof sets / sizeof *sets },
    [AGGREGATE_OWN] = { NULL, 0 },
};

/* `90`, `99_9`, `top10` */
static bool is_percentile(struct span text)
{
    if (text.length > 3 && memcmp(text.text, "top", 3) == 0)
        text = (struct span){ text.text + 3, text.length - 3 };
    if (!text.length)
        return false;
    for (size_t i = 0; i < text.length; i++)
        if ((text.text[i] < '0' || text.text[i] > '9') && text.text[i] != '_')
            return false;
    return true;
}

static bool matches(struct span name, const struct statistic *s)
{
    size_t length = s->name.length;
    if (name.length < length || *name.text != *s->name.text || memcmp(name.text, s->name.text, length) != 0)
        return false;
    if (name.length == length)
        return s->kind == STATISTIC_PLAIN || s->kind == STATISTIC_BIN;
    struct span rest = { name.text + length + 1, name.length - length - 1 };
    switch (s->kind) {
    case STATISTIC_PLAIN: return false;
    case STATISTIC_BIN: return name.text[length] == '.' && rest.length;
    default: return name.text[length] == '_' && is_percentile(rest);
    }
}

static bool has(const struct statistics *s, struct span name)
{
    for (size_t i = 0; i < s->count; i++)
        if (matches(name, &s->rows[i]))
            return true;
    return false;
}

bool aggregate_type_has(enum aggregate_type type, struct span name)
{
    return type == AGGREGATE_OWN ? name.length > 0 : has(&aggregate_statistics[type], name);
}

bool aggregate_family_has(struct span name)
{
    for (enum aggregate_type type = 0; type < AGGREGATE_OWN; type++)
        if (has(&aggregate_statistics[type], name))
            return true;
    return false;
}
