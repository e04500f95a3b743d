/* replace: a file replaced as a whole, so that its reader finds the old one or the new one. */
#ifndef FILTER_REPLACE_H
#define FILTER_REPLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* Writes the text to `PATH.new` and renames that to path. A symbolic link is followed: its target
 * is replaced. Returns false if it cannot: errno says why (EEXIST: replace_is_odd), and the old
 * file is as it was. */
bool replace_file(const char *path, struct span text);

/* True if path names something other than a regular file, which must not be replaced by one; and
 * the message for it. */
bool replace_is_odd(const char *path);
#define REPLACE_EXPECTED "expected a file or nothing, not a device, pipe or socket"

/* What path stands for, after symbolic links; the caller frees it. NULL if there are too many. */
char *replace_target(const char *path);

/* The path, or its first length bytes, followed by a name; the caller frees it. */
char *replace_path(const char *path, size_t length, const char *name);

/* Writes all of the text to fd. Returns false if it cannot: errno says why. */
bool replace_write(int fd, struct span text);

#endif
