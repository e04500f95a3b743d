/* replace: a file replaced as a whole, so that its reader finds the old one or the new one. */
#ifndef FILTER_REPLACE_H
#define FILTER_REPLACE_H

#include <stdbool.h>

#include "base/span.h"

/* Writes the text to `PATH.new` and renames that to path. Returns false if it cannot: errno says
 * why, and the old file is as it was. */
bool replace_file(const char *path, struct span text);

/* Writes all of the text to fd. Returns false if it cannot: errno says why. */
bool replace_write(int fd, struct span text);

#endif
