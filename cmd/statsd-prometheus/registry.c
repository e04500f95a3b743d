#include "registry.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "format/prometheus.h"

double *numbers_room(struct numbers *n, size_t count)
{
    if (n->capacity - n->count < count) {
        n->capacity = 2 * n->capacity + count;
        n->list = xreallocarray(n->list, n->capacity, sizeof *n->list);
    }
    return n->list + n->count;
}

void registry_init(struct registry *r, const struct registry_options *options)
{
    *r = (struct registry){ .options = options, .seed = hash_seed_random(), .interval = 1 };
    parts_init(&r->parts);
}

static void free_metric(struct metric *m)
{
    free(m->data.list);
    free(m);
}

static void free_family(struct family *f)
{
    free(f);
}

void registry_free(struct registry *r)
{
    for (struct family *f = r->first, *next; f; f = next) {
        for (struct metric *m = f->first, *after; m; m = after) {
            after = m->next;
            free_metric(m);
        }
        next = f->next;
        free_family(f);
    }
    index_free(&r->families);
    index_free(&r->stems);
    index_free(&r->by_series);
    index_free(&r->by_labels);
    history_free(&r->history);
    parts_free(&r->parts);
    free(r->name.bytes);
    free(r->labels.bytes);
    free(r->origin.bytes);
    free(r->why.bytes);
}

/* --- families --------------------------------------------------------------------------------- */

static struct family *find_family(const struct registry *r, struct span name)
{
    for (struct index_node *n = index_find(&r->families, hash_bytes(&r->seed, name.text, name.length, 0)); n;
         n = index_next(n)) {
        struct family *f = INDEX_OWNER(n, struct family, node);
        if (span_equal(name, family_name(f)))
            return f;
    }
    return NULL;
}

static struct family *find_stem(const struct registry *r, struct span stem)
{
    for (struct index_node *n = index_find(&r->stems, hash_bytes(&r->seed, stem.text, stem.length, 0)); n;
         n = index_next(n)) {
        struct family *f = INDEX_OWNER(n, struct family, by_stem);
        if (span_equal(stem, (struct span){ f->texts, f->stem_length }))
            return f;
    }
    return NULL;
}

/* The length of a name without its suffix; 0 if it has none. No suffix ends with another. */
static size_t stem_length(struct span name)
{
    for (const char *const *suffix = prometheus_suffixes; *suffix; suffix++) {
        size_t size = strlen(*suffix);
        if (name.length > size && memcmp(name.text + name.length - size, *suffix, size) == 0)
            return name.length - size;
    }
    return 0;
}

/* The family that owns a name which a family of the name in r->name would own too, or NULL. */
static struct family *find_owner(const struct registry *r)
{
    struct span name = text_span(&r->name), stem = { name.text, stem_length(name) };
    struct family *found = find_family(r, name);
    if (!found && stem.length)
        found = find_family(r, stem);
    return found ? found : find_stem(r, name);
}

static bool is_in_seconds(const struct registry *r, enum aggregate_type type)
{
    if (type != AGGREGATE_TIMER || !*r->options->seconds)
        return false;
    char *name = xstrndup(r->parts.name.text, r->parts.name.length);
    bool found = false;
    for (const char *const *pattern = r->options->seconds; *pattern && !found; pattern++)
        found = fnmatch(*pattern, name, 0) == 0;
    free(name);
    return found;
}

/* Sets the texts of a family of the type, whose name is in r->parts. Returns its divisor. */
static double make_names(struct registry *r, enum aggregate_type type)
{
    bool in_seconds = is_in_seconds(r, type);
    r->name.length = r->origin.length = 0;
    prometheus_put_name(&r->name, r->parts.name, type, in_seconds);
    prometheus_put_escaped(&r->origin, r->parts.name);
    return in_seconds ? 1000 : 1;
}

static struct family *new_family(struct registry *r, enum aggregate_type type, enum shape shape, double divisor)
{
    struct family *f = xcalloc(1, sizeof *f + r->name.length + r->origin.length);
    f->name_length = r->name.length;
    f->origin_length = r->origin.length;
    memcpy(f->texts, r->name.bytes, r->name.length);
    memcpy(f->texts + r->name.length, r->origin.bytes, r->origin.length);
    f->type = type;
    f->shape = shape;
    f->divisor = divisor;
    index_add(&r->families, &f->node, hash_bytes(&r->seed, f->texts, f->name_length, 0));
    f->stem_length = stem_length(text_span(&r->name));
    if (f->stem_length)
        index_add(&r->stems, &f->by_stem, hash_bytes(&r->seed, f->texts, f->stem_length, 0));
    f->previous = r->last;
    *(r->last ? &r->last->next : &r->first) = f;
    r->last = f;
    return f;
}

static void remove_family(struct registry *r, struct family *f)
{
    index_remove(&r->families, &f->node);
    if (f->stem_length)
        index_remove(&r->stems, &f->by_stem);
    *(f->previous ? &f->previous->next : &r->first) = f->next;
    *(f->next ? &f->next->previous : &r->last) = f->previous;
    free_family(f);
}

static bool is_reserved(const struct registry *r)
{
    struct span reserved = r->options->reserved;
    return reserved.length && r->name.length >= reserved.length &&
           memcmp(r->name.bytes, reserved.text, reserved.length) == 0;
}

static const char *say_taken(struct registry *r, const struct family *owner)
{
    static const char *const words[AGGREGATE_TYPES] = {
        [AGGREGATE_COUNTER] = "counter", [AGGREGATE_TIMER] = "timer",     [AGGREGATE_GAUGE] = "gauge",
        [AGGREGATE_SET] = "set",         [AGGREGATE_OWN] = "self-metric",
    };
    r->why.length = 0;
    text_put(&r->why, text_span(&r->name));
    text_put_string(&r->why, " belongs to the ");
    text_put_string(&r->why, words[owner->type]);
    text_put_byte(&r->why, ' ');
    text_put_string(&r->why, quote(family_origin(owner).text, owner->origin_length).text);
    text_put_byte(&r->why, '\0');
    return r->why.bytes;
}

/* --- uses ------------------------------------------------------------------------------------- */

static struct uses *uses_of(struct registry *r, const struct metric *m)
{
    return m->has_total ? &r->totals : &r->others;
}

static void unlink_use(struct uses *u, struct metric *m)
{
    *(m->older ? &m->older->newer : &u->oldest) = m->newer;
    *(m->newer ? &m->newer->older : &u->newest) = m->older;
}

static void link_use(struct uses *u, struct metric *m)
{
    m->newer = NULL;
    m->older = u->newest;
    *(u->newest ? &u->newest->newer : &u->oldest) = m;
    u->newest = m;
}

void registry_use(struct registry *r, struct metric *m, int64_t now)
{
    struct uses *u = uses_of(r, m);
    m->used = now;
    m->interval = r->interval;
    if (u->newest == m)
        return;
    unlink_use(u, m);
    link_use(u, m);
}

/* --- metrics ---------------------------------------------------------------------------------- */

static uint64_t hash_series(const struct registry *r, enum aggregate_type type, struct span series)
{
    return hash_bytes(&r->seed, series.text, series.length, (unsigned)type);
}

static uint64_t hash_labels(const struct registry *r, const struct family *f, struct span labels)
{
    return hash_fold(hash_bytes(&r->seed, labels.text, labels.length, 0) ^ r->seed.words[1], f->node.hash);
}

static bool is_of(const struct metric *m, enum aggregate_type type, struct span series)
{
    return m->type == type && span_equal(series, metric_series(m));
}

/* The metric is found, and the ones after it will be next: brings them from memory meanwhile. */
static struct metric *note_found(struct registry *r, struct metric *m)
{
    const struct metric *next = m->after;
    if (next && next->after) {
        __builtin_prefetch(next->data.list);
        for (size_t i = 0; i < sizeof *m + m->series_length; i += 64)
            __builtin_prefetch((const char *)next->after + i);
    }
    return r->found = m;
}

struct metric *registry_find(struct registry *r, enum aggregate_type type, struct span series)
{
    struct metric *guess = r->found ? r->found->after : NULL;
    if (guess && is_of(guess, type, series))
        return note_found(r, guess);
    for (struct index_node *n = index_find(&r->by_series, hash_series(r, type, series)); n; n = index_next(n)) {
        struct metric *m = INDEX_OWNER(n, struct metric, by_series);
        if (is_of(m, type, series))
            return note_found(r, m);
    }
    return NULL;
}

static const struct metric *find_labels(const struct registry *r, const struct family *f, struct span labels)
{
    for (struct index_node *n = index_find(&r->by_labels, hash_labels(r, f, labels)); n; n = index_next(n)) {
        const struct metric *m = INDEX_OWNER(n, struct metric, by_labels);
        if (m->family == f && span_equal(labels, metric_labels(m)))
            return m;
    }
    return NULL;
}

static void remove_metric(struct registry *r, struct metric *m)
{
    struct family *f = m->family;
    index_remove(&r->by_series, &m->by_series);
    index_remove(&r->by_labels, &m->by_labels);
    unlink_use(uses_of(r, m), m);
    *(m->after ? &m->after->before : &r->latest) = m->before;
    if (m->before)
        m->before->after = m->after;
    if (r->found == m)
        r->found = NULL;
    *(m->previous ? &m->previous->next : &f->first) = m->next;
    *(m->next ? &m->next->previous : &f->last) = m->previous;
    free_metric(m);
    if (!f->first)
        remove_family(r, f);
    r->count--;
    r->generation++;
}

int64_t registry_expire(struct registry *r, int64_t now)
{
    if (r->options->keeps_all)
        return INT64_MAX;
    while (r->others.oldest && now - r->others.oldest->used >= r->options->ttl)
        remove_metric(r, r->others.oldest);
    return r->others.oldest ? r->others.oldest->used + r->options->ttl : INT64_MAX;
}

/* Makes room for one more. A total that the open interval has used stays. */
static bool make_room(struct registry *r)
{
    if (r->count < r->options->max_series)
        return true;
    struct metric *idle = r->totals.oldest;
    if (!idle || idle->interval == r->interval || r->options->keeps_all)
        return false;
    remove_metric(r, idle);
    r->forgotten++;
    return true;
}

static struct metric *new_metric(struct registry *r, struct family *f, struct span series)
{
    struct metric *m = xcalloc(1, sizeof *m + series.length + r->labels.length);
    m->family = f;
    m->type = f->type;
    m->has_total = f->shape != SHAPE_GAUGE;
    m->series_length = series.length;
    m->labels_length = r->labels.length;
    memcpy(m->texts, series.text, series.length);
    memcpy(m->texts + series.length, r->labels.bytes, r->labels.length);
    index_add(&r->by_series, &m->by_series, hash_series(r, f->type, series));
    index_add(&r->by_labels, &m->by_labels, hash_labels(r, f, text_span(&r->labels)));
    m->previous = f->last;
    *(f->last ? &f->last->next : &f->first) = m;
    f->last = m;
    link_use(uses_of(r, m), m);
    m->before = r->latest;
    if (m->before)
        m->before->after = m;
    r->latest = m;
    m->data.capacity = m->data.count = f->shape <= SHAPE_GAUGE ? DATA_SIMPLE : DATA_PAIRS_AT;
    m->data.list = xcalloc(m->data.count, sizeof *m->data.list);
    r->count++;
    r->generation++;
    return m;
}

struct metric *registry_add(struct registry *r, enum aggregate_type type, struct span series, enum shape shape,
                            const char **what, const char **why)
{
    parts_split(&r->parts, series);
    double divisor = make_names(r, type);
    struct family *owner = find_owner(r);
    bool is_ours = owner && owner->type == type && span_equal(text_span(&r->name), family_name(owner)) &&
                   span_equal(text_span(&r->origin), family_origin(owner));
    text_room(&r->labels, 0); /* it is not NULL, even without labels */
    r->labels.length = 0;
    *what = "bad name";
    *why = "there is none before its tags";
    if (!r->parts.name.length)
        return NULL;
    *why = "the program's own metrics have such names";
    if (is_reserved(r))
        return NULL;
    if (owner && !is_ours) {
        *why = say_taken(r, owner);
        return NULL;
    }
    *what = "bad timer";
    *why = REGISTRY_NO_BINS;
    if (owner && owner->shape == SHAPE_HISTOGRAM && shape == SHAPE_SUMMARY)
        return NULL;
    *what = "bad tags";
    *why = "more than 256";
    if (!prometheus_put_labels(&r->labels, &r->parts))
        return NULL;
    *why = "another series has the same labels";
    if (owner && find_labels(r, owner, text_span(&r->labels)))
        return NULL;
    *what = "no room for";
    *why = "--max-series is reached, and all are in use";
    if (!make_room(r))
        return NULL;
    /* The family's last metric may just have gone. */
    owner = find_family(r, text_span(&r->name));
    return new_metric(r, owner ? owner : new_family(r, type, shape, divisor), series);
}
