#include "format/tag_key.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* One tag: `;key=value`, or `;key` alone. */
struct tag {
    const char *start, *end;
    struct span key;
};

/* Moves on to the next tag of the series, from the end of the last. False if there is none. */
static bool next_tag(struct tag *tag, const char *end)
{
    if (tag->end == end)
        return false;
    const char *next = memchr(tag->end + 1, ';', (size_t)(end - tag->end - 1));
    tag->start = tag->end;
    tag->end = next ? next : end;
    const char *key = tag->start + 1, *equals = memchr(key, '=', (size_t)(tag->end - key));
    tag->key = (struct span){ key, (size_t)((equals ? equals : tag->end) - key) };
    return true;
}

/* Stands before the first tag. */
static struct tag before_tags(struct span series)
{
    const char *first = memchr(series.text, ';', series.length);
    return (struct tag){ .end = first ? first : series.text + series.length };
}

/* The start of the last tag with the key, or NULL. */
static const char *find_last(struct span series, struct span key)
{
    const char *found = NULL, *end = series.text + series.length;
    for (struct tag tag = before_tags(series); next_tag(&tag, end);)
        if (span_equal(tag.key, key))
            found = tag.start;
    return found;
}

/* How many `_` stand before `key` in the text; 0 if it is the key alone, or something else. */
static size_t count_before(struct span text, struct span key)
{
    if (text.length <= key.length)
        return 0;
    size_t count = text.length - key.length;
    if (memcmp(text.text + count, key.text, key.length) != 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (text.text[i] != '_')
            return 0;
    return count;
}

/* The fewest `_` that make the key one that no tag has. If all up to 63 are taken, one more than
 * any tag has: still free, and one look at each tag is enough. */
static size_t underscores(struct span series, struct span key)
{
    uint64_t taken = 1;
    size_t most = 0;
    for (struct tag tag = before_tags(series); next_tag(&tag, series.text + series.length);) {
        size_t count = count_before(tag.key, key);
        most = count > most ? count : most;
        taken |= count < 64 ? UINT64_C(1) << count : 0;
    }
    return ~taken ? (size_t)__builtin_ctzll(~taken) : most + 1;
}

bool tag_key_is_in(struct span series, struct span key)
{
    return find_last(series, key) != NULL;
}

static char *put(char *to, const char *from, const char *end)
{
    memcpy(to, from, (size_t)(end - from));
    return to + (end - from);
}

char *tag_key_rename(char *to, struct span series, struct span key)
{
    const char *last = find_last(series, key);
    size_t count = underscores(series, key);
    struct tag tag = before_tags(series);
    to = put(to, series.text, tag.end);
    while (next_tag(&tag, series.text + series.length)) {
        if (!span_equal(tag.key, key)) {
            to = put(to, tag.start, tag.end);
        } else if (tag.start == last) {
            *to++ = ';';
            memset(to, '_', count);
            to = put(to + count, tag.start + 1, tag.end);
        }
    }
    return to;
}
