/* clean: bytes of foreign origin, made fit to stand in a column of Carbon's line protocol.
 *
 * Carbon reads a line as UTF-8 and splits it at whatever Python calls white space; it hangs up on a
 * line that is no UTF-8, and everything else on its way in that connection is lost. So each of
 * these becomes one `_`: a control character, a character that Unicode has as white space, a byte
 * that is not part of valid UTF-8. All other bytes stay as they are. */
#ifndef FORMAT_CLEAN_H
#define FORMAT_CLEAN_H

#include "base/span.h"

/* Writes from, made fit, to `to` (room for its length; the same place will do) and returns the
 * end. */
char *clean_put(char *to, struct span from);

/* Renames the tag `name` of a whole path, if it has one, to `_name` (format/tag_key.h): Graphite
 * has that key for the path and ignores a tag with it, so that two series would be one. The path
 * begins at start, ends at end, and there is room for as many bytes again. Returns its new end. */
char *clean_name_tag(char *start, char *end);

#endif
