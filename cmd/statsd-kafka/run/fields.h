/* fields: the parts of a short text, such as a header, a key or a line of a checkpoint. */
#ifndef RUN_FIELDS_H
#define RUN_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* Sets *field to the text before the next `mark` in *rest, or to all of *rest, and removes the
 * field and the mark from *rest. Returns false, with *field unchanged, after the last field; *rest
 * then has no text. */
bool field_next(struct span *rest, char mark, struct span *field);

/* Reads the whole of text as a decimal number without a sign, at most INT64_MAX. Returns false,
 * with *number unchanged, if it is not one. */
bool field_number(struct span text, int64_t *number);

/* Reads the whole of text as 16 lower-case hexadecimal digits. */
bool field_hexadecimal(struct span text, uint64_t *number);

/* Reads the whole of text as Unix seconds, or `none`, which sets *time (ms) to FIELD_NO_TIME. */
#define FIELD_NO_TIME INT64_MIN
bool field_time(struct span text, int64_t *time);

/* True if text begins with `word`; the rest is *after. */
bool field_after(struct span text, const char *word, struct span *after);

#endif
