#include "format/tags.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "format/safe.h"

void series_init(struct series *s)
{
    *s = (struct series){ 0 };
}

void series_free(struct series *s)
{
    free(s->text);
    free(s->tags);
    free(s->pool);
    series_init(s);
}

static void reserve(char **bytes, size_t *capacity, size_t size)
{
    if (size <= *capacity)
        return;
    *capacity = size + size / 2 + 256;
    *bytes = xreallocarray(*bytes, *capacity, 1);
}

/* Reserves room in the pool for the bytes of a name or a field, and for a `true` for each bare tag,
 * which has at least the byte that ends it. */
static void reserve_pool(struct series *s, size_t length)
{
    reserve(&s->pool, &s->pool_capacity, s->pool_length + 5 * (length + 1));
}

/* Copies a tag's bytes unchanged, except for `;`, which would end the tag. */
static size_t copy_tag(char *to, struct span from)
{
    for (size_t i = 0; i < from.length; i++)
        to[i] = from.text[i] == ';' ? '_' : from.text[i];
    return from.length;
}

static size_t append_tag(struct series *s, struct span text, bool raw)
{
    char *to = s->pool + s->pool_length;
    size_t length = raw ? copy_tag(to, text) : safe_tag(to, text);
    s->pool_length += length;
    return length;
}

static void append_name(struct series *s, struct span name, bool raw)
{
    char *to = s->pool + s->pool_length;
    if (!raw)
        s->pool_length += safe_name(to, name);
    else if (name.length) {
        memcpy(to, name.text, name.length);
        s->pool_length += name.length;
    }
}

/* Reserves room for one more tag. Afterwards, tags is not NULL. */
static void reserve_tag(struct series *s)
{
    if (s->tag_count < s->tag_capacity)
        return;
    s->tag_capacity = s->tag_capacity * 2 + 16;
    s->tags = xreallocarray(s->tags, s->tag_capacity, sizeof *s->tags);
}

/* Adds a tag, unless its key or value turns out empty. The pool must have room for it. */
static void add_tag(struct series *s, struct span key, struct span value, bool raw)
{
    reserve_tag(s);
    struct tag_place *tag = &s->tags[s->tag_count];
    tag->at = s->pool_length;
    tag->key_length = append_tag(s, key, raw);
    tag->value_length = append_tag(s, value, raw);
    if (tag->key_length && tag->value_length)
        s->tag_count++;
    else
        s->pool_length = tag->at;
}

static bool ends_key(char byte, bool colon_too)
{
    return byte == '=' || (byte == ':' && colon_too);
}

static void add_written_tag(struct series *s, struct span tag, bool raw, bool colon_too)
{
    size_t length = 0;
    while (length < tag.length && !ends_key(tag.text[length], colon_too))
        length++;
    struct span key = { tag.text, length };
    if (length == tag.length)
        add_tag(s, key, SPAN("true"), raw);
    else
        add_tag(s, key, (struct span){ tag.text + length + 1, tag.length - length - 1 }, raw);
}

static void add_list(struct series *s, struct span list, char between, bool raw, bool colon_too)
{
    const char *p = list.text, *end = list.text + list.length;
    reserve_pool(s, list.length);
    for (;;) {
        const char *stop = memchr(p, between, (size_t)(end - p));
        size_t length = (size_t)((stop ? stop : end) - p);
        if (length)
            add_written_tag(s, (struct span){ p, length }, raw, colon_too);
        if (!stop)
            return;
        p = stop + 1;
    }
}

static int compare_keys(const struct tag_place *a, const struct tag_place *b)
{
    size_t shorter = a->key_length < b->key_length ? a->key_length : b->key_length;
    int order = memcmp(a->key, b->key, shorter);
    return order ? order : (a->key_length > b->key_length) - (a->key_length < b->key_length);
}

static int compare_tags(const void *left, const void *right)
{
    const struct tag_place *a = left, *b = right;
    int order = compare_keys(a, b);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* Fewer tags than this are sorted by insertion, as qsort(3) takes longer. */
enum { INSERTION_MOST = 32 };

static void sort_by_insertion(struct tag_place *tags, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct tag_place tag = tags[i];
        size_t to = i;
        for (; to && compare_tags(&tags[to - 1], &tag) > 0; to--)
            tags[to] = tags[to - 1];
        tags[to] = tag;
    }
}

/* Sorts the tags from first on, keeps the last of each key, and sets the key pointer of all tags.
 * Returns how many are left. */
static size_t sort_tags(struct series *s, size_t first)
{
    size_t count = s->tag_count - first, kept = 0;
    struct tag_place *tags = s->tags + first;
    for (size_t i = 0; i < s->tag_count; i++)
        s->tags[i].key = s->pool + s->tags[i].at;
    if (count < INSERTION_MOST)
        sort_by_insertion(tags, count);
    else
        qsort(tags, count, sizeof *tags, compare_tags);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || compare_keys(&tags[i], &tags[i + 1]) != 0)
            tags[kept++] = tags[i];
    return kept;
}

static void begin(struct series *s, size_t name_length)
{
    s->tag_count = s->own_count = 0;
    s->pool_length = 0;
    reserve_pool(s, name_length);
    reserve_tag(s);
}

/* Call it when the name is complete: adds the name's own tags. */
static void own_tags(struct series *s, struct span list, char between, bool raw, bool colon_too)
{
    s->name_length = s->pool_length;
    if (list.length)
        add_list(s, list, between, raw, colon_too);
    s->own_count = s->tag_count = sort_tags(s, 0);
    s->own_pool_length = s->pool_length;
}

bool series_begin(struct series *s, struct span name, unsigned flavours, bool raw)
{
    struct name_parts parts = names_split(name, flavours);
    begin(s, name.length);
    append_name(s, parts.before, raw);
    append_name(s, parts.after, raw);
    own_tags(s, parts.tags, parts.between, raw, true);
    return !safe_is_nothing((struct span){ s->pool, s->name_length }) && *s->pool != ';';
}

void series_rewind(struct series *s)
{
    s->tag_count = s->own_count;
    s->pool_length = s->own_pool_length;
}

void series_add_dogstatsd(struct series *s, struct span field, bool raw)
{
    add_list(s, field, ',', raw, true);
}

void series_add(struct series *s, struct span key, struct span value, bool raw)
{
    reserve_pool(s, key.length + value.length);
    add_tag(s, key, value, raw);
}

static char *put_tag(const struct series *s, const struct tag_place *tag, char *to)
{
    *to++ = ';';
    memcpy(to, s->pool + tag->at, tag->key_length);
    to += tag->key_length;
    *to++ = '=';
    memcpy(to, s->pool + tag->at + tag->key_length, tag->value_length);
    return to + tag->value_length;
}

/* Merges the name's own tags with the added ones, which take precedence. */
static char *put_tags(const struct series *s, char *to)
{
    const struct tag_place *own = s->tags, *own_end = own + s->own_count;
    const struct tag_place *added = own_end, *end = s->tags + s->tag_count;
    while (own < own_end || added < end) {
        int order = own == own_end ? 1 : added == end ? -1 : compare_keys(own, added);
        to = put_tag(s, order < 0 ? own : added, to);
        own += order <= 0;
        added += order >= 0;
    }
    return to;
}

struct span series_finish(struct series *s)
{
    s->tag_count = s->own_count + sort_tags(s, s->own_count);
    reserve(&s->text, &s->capacity, s->pool_length + 2 * s->tag_count + 1);
    if (s->name_length)
        memcpy(s->text, s->pool, s->name_length);
    char *end = put_tags(s, s->text + s->name_length);
    return (struct span){ s->text, (size_t)(end - s->text) };
}

struct span series_canonical(struct series *s, struct span text)
{
    const char *tags = memchr(text.text, ';', text.length);
    size_t name = tags ? (size_t)(tags - text.text) : text.length;
    begin(s, text.length);
    append_name(s, (struct span){ text.text, name }, true);
    struct span list = { tags ? tags + 1 : NULL, tags ? text.length - name - 1 : 0 };
    own_tags(s, list, ';', true, false);
    return series_finish(s);
}

bool series_is_canonical(struct span text)
{
    const char *end = text.text + text.length, *p = memchr(text.text, ';', text.length);
    struct tag_place before = { 0 };
    while (p) {
        const char *next = memchr(p + 1, ';', (size_t)(end - p - 1)), *stop = next ? next : end;
        const char *equals = memchr(p + 1, '=', (size_t)(stop - p - 1));
        if (!equals || equals == p + 1 || equals + 1 == stop)
            return false;
        struct tag_place tag = { .key = p + 1, .key_length = (size_t)(equals - p - 1) };
        if (before.key && compare_keys(&before, &tag) >= 0)
            return false;
        before = tag;
        p = next;
    }
    return true;
}
