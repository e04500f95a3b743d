/* parts: splits a series into its name and its tags, for formats that write them separately. */
#ifndef FORMAT_PARTS_H
#define FORMAT_PARTS_H

#include <stddef.h>

#include "base/span.h"
#include "format/tags.h"

struct parts_tag {
    struct span key, value; /* neither is empty */
};

/* Memory for one series at a time; steady work allocates nothing. */
struct parts {
    struct span name;
    struct parts_tag *tags; /* in byte order of their keys, each key once */
    size_t count;
    size_t capacity;      /* of tags */
    struct series series; /* for a series that is not canonical */
    char *bytes;          /* for one with escaped bytes */
    size_t bytes_capacity;
};

/* Begins without memory, and frees it. */
void parts_init(struct parts *p);
void parts_free(struct parts *p);

/* Splits the series of an aggregate. It is escaped, and its tags may be in any order, repeated,
 * bare or empty, if it was edited by hand (tags.h says how those are treated). The parts are
 * unescaped. They are valid until the next call, and as long as the series is. */
void parts_split(struct parts *p, struct span series);

/* The value of the tag with this key, or NULL. */
const struct span *parts_find(const struct parts *p, struct span key);

/* Renames the tag with this key, if there is one, to a key that no other tag has, by putting one or
 * more `_` before it. The tags are then no longer in order. new_key has room for the key and as
 * many `_` as there are tags and must live as long as the parts. */
void parts_rename(struct parts *p, struct span key, char *new_key);

#endif
