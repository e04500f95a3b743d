/* tags: one canonical series from a name and its tags.
 *
 * The canonical form is Graphite's: `name;key=value;key=value`, keys in the order of their bytes, each key once. The last
 * value given for a key wins; a key without a value is `key=true`; a tag whose key or value is empty is left out.
 *
 * Names and tags are made safe on the way (safe.h). With raw bytes wanted only one of its rules holds: a `;` inside a tag
 * becomes `_`. */
#ifndef FORMAT_TAGS_H
#define FORMAT_TAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* The five flavours, as bits. DogStatsD's stand in a field of the line, the others in the name. */
enum tags_flavour {
    TAGS_DOGSTATSD = 1, /* |#key:value,key */
    TAGS_GRAPHITE = 2,  /* name;key=value;key=value */
    TAGS_INFLUX = 4,    /* name,key=value,key=value */
    TAGS_LIBRATO = 8,   /* name#key=value,key=value */
    TAGS_SIGNALFX = 16, /* name[key=value,key=value]rest */
    TAGS_ALL = 31,
};

/* Memory for one series at a time; grows to the longest seen, so that steady work allocates nothing. */
struct series {
    char *text; /* what series_finish has written */
    size_t capacity;
    struct tag_place { /* the tags so far: a key and its value stand one behind the other in pool */
        size_t at;     /* where; of two with one key the later wins */
        size_t key_length, value_length;
        const char *key; /* pool + at, while sorting */
    } * tags;
    size_t tag_count, tag_capacity;
    size_t own_count; /* the first of tags are the name's own, sorted, each key once */
    char *pool;       /* the name, then the tags' bytes */
    size_t pool_length, pool_capacity;
    size_t name_length, own_pool_length;
};

void series_init(struct series *s);
void series_free(struct series *s);

/* Begins a series with the name of a wire line, which may hold tags of the flavours allowed (bits): the first of `; , # [`
 * that belongs to an allowed flavour decides. False when the name is empty once it is made safe, or is raw and begins with
 * `;`, which no record may. */
bool series_begin(struct series *s, struct span name, unsigned flavours, bool raw);

/* Back to what series_begin left: the name and its own tags. */
void series_rewind(struct series *s);

/* Adds the tags of a DogStatsD field, the text after `#`. They win over tags of the same key added before. */
void series_add_dogstatsd(struct series *s, struct span field, bool raw);

/* Adds one tag whose key and value are given apart, as they are to stand (made safe unless raw). */
void series_add(struct series *s, struct span key, struct span value, bool raw);

/* Sorts and writes the canonical form, valid until the next series_finish. More tags may be added after it, or
 * series_rewind called. */
struct span series_finish(struct series *s);

/* The canonical form of an unescaped series that somebody may have edited: tags in any order, given twice, bare. Its name
 * and its tags' bytes are left as they are. */
struct span series_canonical(struct series *s, struct span text);

/* True when text is canonical already as far as a look without memory can tell: no tags, or tags in strictly rising order
 * with a key and a value each. */
bool series_is_canonical(struct span text);

#endif
