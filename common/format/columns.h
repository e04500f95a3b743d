/* columns: TAB-separated columns of escaped bytes, the form that records and aggregates share. It
 * is for the modules that read and write those; programs use them (record.h, aggregate.h).
 *
 * Escaping: TAB, LF, CR, NUL and backslash are written as `\t \n \r \0 \\`, all other bytes as they
 * are. When reading, a backslash before any other byte stands for itself. */
#ifndef FORMAT_COLUMNS_H
#define FORMAT_COLUMNS_H

#include <stddef.h>

#include "base/span.h"

/* Writes the escaped form of from to `to`, which has room for 2 × from.length bytes. Returns the
 * end of what was written. */
char *columns_escape(char *to, struct span from);

/* Writes the unescaped form of from to `to`, which has room for from.length bytes and may be
 * from.text. Returns the end of what was written. */
char *columns_unescape(char *to, struct span from);

/* Splits line[0..length) at its TABs into at most `most` columns, which point into line. Returns
 * how many there are; columns after the last are ignored. */
size_t columns_split(const char *line, size_t length, struct span *columns, size_t most);

#endif
