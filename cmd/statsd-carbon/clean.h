/* clean: bytes of foreign origin, made fit to stand in a column of Carbon's line protocol.
 *
 * Carbon reads a line as UTF-8 and splits it at whatever Python calls white space; it hangs up on a
 * line that is no UTF-8, and everything else on its way in that connection is lost. So each of
 * these becomes one `_`: a control character, a character that Unicode has as white space, a byte
 * that is not part of valid UTF-8. All other bytes stay as they are. */
#ifndef CLEAN_H
#define CLEAN_H

#include "base/span.h"

/* Writes from, made fit, to `to` (room for its length; the same place will do) and returns the
 * end. */
char *clean_put(char *to, struct span from);

#endif
