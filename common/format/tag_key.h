/* tag_key: frees a key that a format needs for itself, as Graphite needs `name` for the path. The
 * series' own tag with that key gets a `_` before its key, or more if the series already has a tag
 * with the new key. */
#ifndef FORMAT_TAG_KEY_H
#define FORMAT_TAG_KEY_H

#include <stdbool.h>

#include "base/span.h"

/* True if the series, `name;key=value;…`, has a tag with this key. It may be escaped, here and
 * below: that changes no byte of such a key. */
bool tag_key_is_in(struct span series, struct span key);

/* Writes the series to `to`, with its tag renamed, and returns the end. There is room for twice the
 * series, which does not overlap it. The tags keep their order. If several have the key, the last
 * one is kept, as in the canonical form (tags.h). */
char *tag_key_rename(char *to, struct span series, struct span key);

#endif
