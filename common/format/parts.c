#include "format/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "format/columns.h"

void parts_init(struct parts *p)
{
    *p = (struct parts){ .count = 0 };
    series_init(&p->series);
}

void parts_free(struct parts *p)
{
    series_free(&p->series);
    free(p->tags);
    free(p->bytes);
}

static int compare(struct span a, struct span b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.text, b.text, shorter);
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

/* Adds `key=value`. False if a canonical series would not have it here. */
static bool add(struct parts *p, const char *from, const char *end)
{
    const char *equals = memchr(from, '=', (size_t)(end - from));
    if (!equals || equals == from || equals + 1 == end)
        return false;
    struct parts_tag tag = { span_between(from, equals), span_between(equals + 1, end) };
    if (p->count && compare(p->tags[p->count - 1].key, tag.key) >= 0)
        return false;
    if (p->count == p->capacity) {
        p->capacity = 2 * p->capacity + 8;
        p->tags = xreallocarray(p->tags, p->capacity, sizeof *p->tags);
    }
    p->tags[p->count++] = tag;
    return true;
}

/* False if the series is not canonical. */
static bool split(struct parts *p, struct span series)
{
    const char *end = series.text + series.length, *tag = memchr(series.text, ';', series.length);
    p->count = 0;
    p->name = span_between(series.text, tag ? tag : end);
    while (tag) {
        const char *next = memchr(tag + 1, ';', (size_t)(end - tag - 1));
        if (!add(p, tag + 1, next ? next : end))
            return false;
        tag = next;
    }
    return true;
}

static struct span unescape(struct parts *p, struct span series)
{
    if (series.length > p->bytes_capacity) {
        p->bytes_capacity = 2 * series.length;
        p->bytes = xreallocarray(p->bytes, p->bytes_capacity, 1);
    }
    return span_between(p->bytes, columns_unescape(p->bytes, series));
}

void parts_split(struct parts *p, struct span series)
{
    if (memchr(series.text, '\\', series.length))
        series = unescape(p, series);
    if (!split(p, series))
        split(p, series_canonical(&p->series, series));
}

const struct span *parts_find(const struct parts *p, struct span key)
{
    for (size_t i = 0; i < p->count; i++)
        if (span_equal(p->tags[i].key, key))
            return &p->tags[i].value;
    return NULL;
}

void parts_rename(struct parts *p, struct span key, char *new_key)
{
    size_t found = 0;
    while (found < p->count && !span_equal(p->tags[found].key, key))
        found++;
    if (found == p->count)
        return;
    struct span renamed = { new_key, 0 };
    do {
        memset(new_key, '_', renamed.length + 1);
        memcpy(new_key + renamed.length + 1, key.text, key.length);
        renamed.length++;
    } while (parts_find(p, (struct span){ new_key, renamed.length + key.length }));
    renamed.length += key.length;
    p->tags[found].key = renamed;
}
