/* tags: one canonical series from a name and its tags.
 *
 * The canonical form is Graphite's: `name;key=value;key=value`, with keys in byte order and each
 * key once. The last value given for a key wins, a key without a value becomes `key=true`, and a
 * tag with an empty key or value is left out.
 *
 * Names and tags are sanitized on the way (safe.h). With raw set, bytes are kept; only a `;` inside
 * a tag still becomes `_`. */
#ifndef FORMAT_TAGS_H
#define FORMAT_TAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "format/names.h"

/* Memory for one series at a time. It grows to the longest series seen, so steady work allocates
 * nothing. */
struct series {
    char *text; /* the output of series_finish */
    size_t capacity;
    struct tag_place { /* the tags so far; in pool, a tag's value follows its key */
        size_t at;     /* offset in pool; of two tags with one key, the later wins */
        size_t key_length, value_length;
        const char *key; /* pool + at, while sorting */
    } * tags;
    size_t tag_count, tag_capacity;
    size_t own_count; /* the first own_count tags are the name's own, sorted, each key once */
    char *pool;       /* the name, then the tags' bytes */
    size_t pool_length, pool_capacity;
    size_t name_length, own_pool_length;
};

/* Begins without memory, and frees it. */
void series_init(struct series *s);
void series_free(struct series *s);

/* Begins a series with the name of a wire line, which may contain tags of the flavours (names.h).
 * With raw set, bytes are not sanitized. Returns false if no byte of the name is left after
 * sanitizing, or only dots are, or if it is raw and begins with `;`, which no record may. */
bool series_begin(struct series *s, struct span name, unsigned flavours, bool raw);

/* Returns to the state after series_begin: the name and its own tags. */
void series_rewind(struct series *s);

/* Adds the tags of a DogStatsD field, the text after `#`. They win over tags with the same key that
 * were added before. */
void series_add_dogstatsd(struct series *s, struct span field, bool raw);

/* Adds one tag with the given key and value, which are sanitized unless raw. */
void series_add(struct series *s, struct span key, struct span value, bool raw);

/* Sorts the tags and writes the canonical form. The result belongs to s and is valid until the next
 * call that writes one. More tags may be added afterwards, or series_rewind called. */
struct span series_finish(struct series *s);

/* Returns the canonical form of an unescaped series that may have been edited by hand: its tags may
 * be in any order, repeated or bare. The bytes of the name and tags are not sanitized. The result
 * is valid as long as that of series_finish. */
struct span series_canonical(struct series *s, struct span text);

/* True if text is certainly canonical: it has no tags, or its tags are in strictly ascending order
 * and each has a key and a value. It needs no memory. */
bool series_is_canonical(struct span text);

#endif
