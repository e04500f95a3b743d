#include "series/tagging.h"

#include <stdlib.h>

#include "base/xalloc.h"

void tagging_free(struct tagging *t)
{
    free(t->text);
}

void tagging_scratch_init(struct tagging_scratch *s)
{
    *s = (struct tagging_scratch){ .line = NULL };
    record_canonical_init(&s->canonical);
}

void tagging_scratch_free(struct tagging_scratch *s)
{
    record_canonical_free(&s->canonical);
    free(s->line);
    free(s->joined);
}

/* Room for length bytes. */
static char *reserve(struct tagging_scratch *s, size_t length)
{
    if (s->capacity < length) {
        s->capacity = length * 2;
        s->line = xreallocarray(s->line, s->capacity, 1);
    }
    return s->line;
}

static char *put(char *to, struct span from)
{
    if (from.length)
        memcpy(to, from.text, from.length);
    return to + from.length;
}

struct span tagging_join(struct tagging_scratch *s, struct span head, struct span rest)
{
    if (s->joined_capacity < head.length + rest.length) {
        s->joined_capacity = (head.length + rest.length) * 2;
        s->joined = xreallocarray(s->joined, s->joined_capacity, 1);
    }
    put(put(s->joined, head), rest);
    return (struct span){ s->joined, head.length + rest.length };
}

bool tagging_add(struct tagging *t, const char *text)
{
    const struct span any = SPAN("x");
    struct series series;
    struct tagging_scratch scratch;
    bool good = false;
    series_init(&series);
    tagging_scratch_init(&scratch);
    if (strchr(text, ':') && !strchr(text, ',') && series_begin(&series, any, 0, true)) {
        series_add_dogstatsd(&series, (struct span){ text, strlen(text) }, false);
        struct span tagged = series_finish(&series);
        good = tagged.length > any.length;
        struct span added = { tagged.text + any.length, tagged.length - any.length };
        struct span all = tagging_with(&scratch, any, (struct span){ t->text, t->length }, added);
        t->length = all.length - any.length;
        t->text = xreallocarray(t->text, t->length, 1);
        put(t->text, (struct span){ all.text + any.length, t->length });
    }
    tagging_scratch_free(&scratch);
    series_free(&series);
    return good;
}

/* The first of the tags, `;key=value…`; empty if there is none. */
static struct span first_tag(struct span tags)
{
    if (!tags.length)
        return tags;
    const char *next = memchr(tags.text + 1, ';', tags.length - 1);
    return (struct span){ tags.text, next ? (size_t)(next - tags.text) : tags.length };
}

static struct span after(struct span tags, size_t length)
{
    return (struct span){ tags.text + length, tags.length - length };
}

/* The order of two tags by their keys, which the `=` ends. */
static int compare_keys(struct span a, struct span b)
{
    size_t a_key = (size_t)((const char *)memchr(a.text, '=', a.length) - a.text);
    size_t b_key = (size_t)((const char *)memchr(b.text, '=', b.length) - b.text);
    int order = memcmp(a.text, b.text, a_key < b_key ? a_key : b_key);
    return order ? order : (a_key > b_key) - (a_key < b_key);
}

/* Writes the tags of both, in order. Those of own take precedence. */
static char *merge(char *to, struct span own, struct span added)
{
    while (own.length && added.length) {
        struct span left = first_tag(own), right = first_tag(added);
        int order = compare_keys(left, right);
        to = put(to, order <= 0 ? left : right);
        own = after(own, order <= 0 ? left.length : 0);
        added = after(added, order >= 0 ? right.length : 0);
    }
    return put(put(to, own), added);
}

/* Escaping changes the order of keys. */
static bool is_escaped(struct span text)
{
    return memchr(text.text, '\\', text.length);
}

struct span tagging_with(struct tagging_scratch *s, struct span series, struct span tags, struct span last)
{
    const char *semicolon = memchr(series.text, ';', series.length);
    size_t name = semicolon ? (size_t)(semicolon - series.text) : series.length;
    struct span own = after(series, name);
    if (!tags.length && !last.length)
        return series;
    char *line = reserve(s, series.length + tags.length + last.length);
    char *to = put(line, (struct span){ series.text, name });
    if (!last.length && !is_escaped(own))
        return span_between(line, merge(to, own, tags));
    to = put(put(put(to, tags), own), last);
    return record_canonical(&s->canonical, span_between(line, to));
}

static bool has_tag(const struct tagging *t, struct span tag)
{
    struct span tags = { t->text, t->length };
    for (struct span one; (one = first_tag(tags)).length; tags = after(tags, one.length))
        if (span_equal(one, tag))
            return true;
    return false;
}

struct span tagging_without(struct tagging_scratch *s, struct span series, const struct tagging *t)
{
    struct span canonical = record_canonical(&s->canonical, series), tag;
    const char *semicolon = memchr(canonical.text, ';', canonical.length);
    if (!semicolon || !t->length)
        return canonical;
    size_t name = (size_t)(semicolon - canonical.text);
    char *line = reserve(s, canonical.length), *to = put(line, (struct span){ canonical.text, name });
    for (struct span tags = after(canonical, name); (tag = first_tag(tags)).length; tags = after(tags, tag.length))
        if (!has_tag(t, tag))
            to = put(to, tag);
    return span_between(line, to);
}
