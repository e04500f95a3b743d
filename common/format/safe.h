/* safe: the bytes that may stand in a name, and how others are mended, as the reference does it (statsd/statsd,
 * keyNameSanitize): a run of the six white space characters of ASCII → `_`, `/` → `-`, and then every byte outside
 * `A-Z a-z 0-9 _ - . =` is dropped. Inside a tag a `;` becomes `_`. */
#ifndef FORMAT_SAFE_H
#define FORMAT_SAFE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* What a byte is, as bits. */
enum safe_class {
    SAFE_NAME = 1,    /* stands for itself in a name */
    SAFE_SPACE = 2,   /* one of the six */
    SAFE_ESCAPED = 4, /* is escaped in a column (columns.h) */
};
extern const unsigned char safe_classes[256];

/* Writes the name, made safe, to `to` (room for its length; not the same place) and returns how many bytes it has. */
size_t safe_name(char *to, struct span name);

/* As safe_name, for the key or the value of a tag. */
size_t safe_tag(char *to, struct span text);

#endif
