/* clean: replaces bytes that Carbon's line protocol cannot have in a column.
 *
 * Carbon reads a line as UTF-8 and splits it at every character that Python counts as white space.
 * It closes the connection at a line that is not UTF-8, and loses everything else on its way in
 * that connection. So each of these becomes one `_`: a control character, a character that Unicode
 * has as white space, a byte that is not part of valid UTF-8. All other bytes stay as they are. */
#ifndef FORMAT_CLEAN_H
#define FORMAT_CLEAN_H

#include "base/span.h"

/* Writes the cleaned text to `to`, which has room for its length and may be the text itself, and
 * returns the end. */
char *clean_put(char *to, struct span from);

/* Renames the tag `name` of a whole path, if it has one, to `_name` (format/tag_key.h): Graphite
 * uses that key for the path and ignores a tag with it, so two series would become one. The path
 * begins at start, ends at end, and there is room for as many bytes again. Returns its new end. */
char *clean_name_tag(char *start, char *end);

#endif
