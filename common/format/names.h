/* names: the name of a wire line, which may have tags of its own: where it ends, and its parts.
 *
 * The first of `; , # [` whose flavour is selected opens the tags. A `[` without a `]`
 * opens none, and neither does any byte after it. */
#ifndef FORMAT_NAMES_H
#define FORMAT_NAMES_H

#include "base/span.h"

/* The five flavours of tags, as bits. DogStatsD's are a field of the line; the others are in the
 * name. */
enum tags_flavour {
    TAGS_DOGSTATSD = 1, /* |#key:value,key */
    TAGS_GRAPHITE = 2,  /* name;key=value;key=value */
    TAGS_INFLUX = 4,    /* name,key=value,key=value */
    TAGS_LIBRATO = 8,   /* name#key=value,key=value */
    TAGS_SIGNALFX = 16, /* name[key=value,key=value]rest */
    TAGS_ALL = 31,
};

/* Returns the `:` that ends the name at the start of the line, or NULL if none comes before the
 * first `|`. It is the first `:`, except that a `:` in the name's own tags belongs to them: after
 * `;`, `,` or `#` the last `:` before the first `|` ends the name, after `[` the first `:` after
 * the `]`. */
const char *names_end(struct span line, unsigned flavours);

/* The parts of a name that names_end has found. Without tags, `before` is all of it. */
struct name_parts {
    struct span before, tags, after; /* `after` is what follows a `]` */
    char between;                    /* the byte between two tags */
};
struct name_parts names_split(struct span name, unsigned flavours);

#endif
