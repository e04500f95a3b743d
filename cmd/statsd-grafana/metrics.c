#include "metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/xalloc.h"
#include "format/aggregate.h"

/* A series that has been seen, so that its name need not be taken apart again. */
struct seen {
    struct index_node node;
    struct metric *metric;
    enum aggregate_type type;
    size_t length, values;
    char series[];
};

void metrics_init(struct metrics *m, bool no_self, bool renames_name)
{
    *m = (struct metrics){ .seed = hash_seed_random(), .no_self = no_self, .renames_name = renames_name };
    parts_init(&m->parts);
}

static void free_words(struct metric_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->list[i]);
    free(words->list);
}

void metrics_free(struct metrics *m)
{
    for (struct metric *at = m->first, *next; at; at = next) {
        next = at->next;
        free_words(&at->tags);
        free_words(&at->statistics);
        free(at->own_series);
        free(at->own_statistic);
        free(at->name);
        free(at);
    }
    for (size_t b = 0; b < m->by_series.bucket_count; b++)
        for (struct index_node *n = m->by_series.buckets[b], *next; n; n = next) {
            next = n->next;
            free(INDEX_OWNER(n, struct seen, node));
        }
    index_free(&m->by_name);
    index_free(&m->by_series);
    parts_free(&m->parts);
    free(m->scratch.bytes);
    free(m->key.bytes);
}

bool metric_has(const struct metric_words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->list[i], word) == 0)
            return true;
    return false;
}

static int compare(const char *word, struct span other)
{
    int order = strncmp(word, other.text, other.length);
    return order ? order : word[other.length] != '\0';
}

static void add_word(struct metrics *m, struct metric_words *words, struct span word)
{
    size_t at = 0;
    while (at < words->count && compare(words->list[at], word) < 0)
        at++;
    if (at < words->count && compare(words->list[at], word) == 0)
        return;
    words->list = xreallocarray(words->list, words->count + 1, sizeof *words->list);
    memmove(words->list + at + 1, words->list + at, (words->count - at) * sizeof *words->list);
    words->list[at] = xstrndup(word.text, word.length);
    words->count++;
    m->changes++;
}

static struct metric *metric_of(struct metrics *m, struct span name, enum aggregate_type type)
{
    uint64_t hash = hash_bytes(&m->seed, name.text, name.length, (unsigned)type);
    for (struct index_node *n = index_find(&m->by_name, hash); n; n = index_next(n)) {
        struct metric *found = INDEX_OWNER(n, struct metric, node);
        if (found->type == type && span_equal(name, (struct span){ found->name, found->length }))
            return found;
    }
    struct metric *added = xcalloc(1, sizeof *added);
    added->name = xstrndup(name.text, name.length);
    added->length = name.length;
    added->type = type;
    index_add(&m->by_name, &added->node, hash);
    *(m->last ? &m->last->next : &m->first) = added;
    m->last = added;
    m->count++;
    m->changes++;
    return added;
}

static struct seen *seen_of(struct metrics *m, struct span series, enum aggregate_type type)
{
    uint64_t hash = hash_bytes(&m->seed, series.text, series.length, (unsigned)type);
    for (struct index_node *n = index_find(&m->by_series, hash); n; n = index_next(n)) {
        struct seen *found = INDEX_OWNER(n, struct seen, node);
        if (found->type == type && span_equal(series, (struct span){ found->series, found->length }))
            return found;
    }
    struct seen *added = xcalloc(1, sizeof *added + series.length);
    memcpy(added->series, series.text, series.length);
    added->length = series.length;
    added->type = type;
    index_add(&m->by_series, &added->node, hash);
    return added;
}

static double weight_of(const struct metrics *m, const struct point *p)
{
    double weight = 1;
    bool has_samples = p->type == AGGREGATE_COUNTER || p->type == AGGREGATE_TIMER;
    for (size_t i = 0; i < p->count; i++)
        if (m->is_restoring ? i == 0 : has_samples && span_is(p->values[i].statistic, "count"))
            number_parse(p->values[i].value.text, p->values[i].value.length, &weight);
    return fabs(weight);
}

/* Self-metrics: one for each statistic, but numStats, which equals `series`. */
static void take_own(struct metrics *m, const struct point *p)
{
    for (size_t i = 0; i < p->count && !m->no_self; i++) {
        struct span statistic = p->values[i].statistic;
        if (span_is(statistic, "numStats"))
            continue;
        parts_split(&m->parts, p->series);
        m->scratch.length = 0;
        text_put(&m->scratch, m->parts.name);
        text_put_byte(&m->scratch, '.');
        text_put(&m->scratch, statistic);
        struct metric *metric = metric_of(m, text_span(&m->scratch), p->type);
        metric->weight += weight_of(m, p);
        if (metric->own_series)
            continue;
        metric->own_series = xstrndup(p->series.text, p->series.length);
        metric->own_statistic = xstrndup(statistic.text, statistic.length);
    }
}

static void split(struct metrics *m, struct span series)
{
    const struct span name = SPAN("name");
    parts_split(&m->parts, series);
    m->key.length = 0;
    if (m->renames_name)
        parts_rename(&m->parts, name, text_room(&m->key, name.length + m->parts.count));
}

static bool is_bin(const struct point *p)
{
    return p->type == AGGREGATE_TIMER && p->count == 1 && span_is(p->values[0].statistic, "histogram") &&
           memmem(p->series.text, p->series.length, ";le=", 4);
}

static void take_point(void *self, const struct point *p)
{
    struct metrics *m = self;
    if (p->type == AGGREGATE_OWN) {
        take_own(m, p);
        return;
    }
    struct seen *seen = seen_of(m, p->series, p->type);
    if (!seen->metric) {
        split(m, p->series);
        seen->metric = metric_of(m, m->parts.name, p->type);
        for (size_t i = 0; i < m->parts.count; i++)
            if (!is_bin(p) || !span_is(m->parts.tags[i].key, "le"))
                add_word(m, &seen->metric->tags, m->parts.tags[i].key);
    }
    if (is_bin(p)) {
        m->changes += !seen->metric->has_bins;
        seen->metric->has_bins = true;
        return;
    }
    seen->metric->weight += weight_of(m, p);
    if (seen->values == p->count)
        return;
    seen->values = p->count;
    for (size_t i = 0; i < p->count; i++)
        add_word(m, &seen->metric->statistics, p->values[i].statistic);
}

static void take_end(void *self, int64_t time)
{
    (void)self;
    (void)time;
}

const struct points_owner metrics_owner = { .point = take_point, .end = take_end };
