/* columns: what records and aggregates share, columns of escaped bytes between TABs. For common/record and
 * common/aggregate; programs use those.
 *
 * The rule of escaping: TAB, LF, CR, NUL and backslash are written `\t \n \r \0 \\`, everything else as it is. Reading back,
 * a backslash in front of anything else stands for itself. */
#ifndef FORMAT_COLUMNS_H
#define FORMAT_COLUMNS_H

#include <stddef.h>

#include "base/span.h"

/* Writes from, escaped, to `to` (room for twice its length) and returns the end of what was written. */
char *columns_escape(char *to, struct span from);

/* Writes from, unescaped, to `to` (room for its length; may be the same place) and returns the end. */
char *columns_unescape(char *to, struct span from);

/* Splits line[0..length) at its TABs into at most `most` columns and returns how many there are; what follows the last of
 * them is left out. */
size_t columns_split(const char *line, size_t length, struct span *columns, size_t most);

#endif
