/* safe: the bytes that are allowed in a name, and how other bytes are replaced. It follows the
 * reference (statsd/statsd, keyNameSanitize): a run of ASCII's six white space characters becomes
 * `_`, `/` becomes `-`, and every other byte outside `A-Z a-z 0-9 _ - . =` is dropped. Inside a
 * tag, `;` becomes `_`, and unlike in the reference, `:` is kept: without it, 10.0.0.1:1 and
 * 10.0.0.11 would be one. */
#ifndef FORMAT_SAFE_H
#define FORMAT_SAFE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* The class of a byte, as bits. */
enum safe_class {
    SAFE_NAME = 1,    /* allowed in a name */
    SAFE_SPACE = 2,   /* one of the six white space characters */
    SAFE_ESCAPED = 4, /* escaped in a column (columns.h) */
};
extern const unsigned char safe_classes[256];

/* Writes the sanitized name to `to`, which has room for name.length bytes and does not overlap it.
 * Returns the number of bytes written, which may be 0. */
size_t safe_name(char *to, struct span name);

/* Like safe_name, for the key or value of a tag: `;` becomes `_`, and `:` is kept. */
size_t safe_tag(char *to, struct span text);

/* True if the name is empty or only dots, which Graphite cannot store. */
bool safe_is_nothing(struct span name);

#endif
