/* directory: the files of a spool. Names are those of segments (segment.h), relative to DIR.
 *
 * The directory is locked by the file `lock` in it, as long as the program lives. All descriptors
 * are closed when a program is executed. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct directory {
    const char *path;
    int fd, lock_fd;
    bool syncs; /* --fsync: a file is on the disk before it has its name */
};

/* Opens the directory, which is made if there is none, and locks it; or ends the program. path is
 * not copied. */
void directory_open(struct directory *d, const char *path, bool syncs);
void directory_close(struct directory *d);

/* Returns the names of all files but the lock, sorted, ended by NULL. The caller frees each, and
 * the list. */
char **directory_names(const struct directory *d);

/* Returns a new, empty file, open for reading and writing, or -1 and errno. */
int directory_create(const struct directory *d, const char *name);

/* Gives a file that is whole its name. Returns 0, or -1 and errno. fd stays open. */
int directory_finish(const struct directory *d, int fd, const char *part, const char *name);

/* Writes all of it to a file of this name, by way of `part`. Returns 0, or -1 and errno. */
int directory_write(const struct directory *d, const char *part, const char *name, struct span bytes);

/* Opens a file for reading and sets *size to its bytes. Returns -1 and errno if it is no regular
 * file. */
int directory_read(const struct directory *d, const char *name, uint64_t *size);

/* Returns the bytes of a file, in memory that the caller frees. The text is NULL, and errno set, if
 * it cannot be read. */
struct span directory_load(const struct directory *d, const char *name);

/* Removes a file. Returns 0, or -1 and errno. */
int directory_remove(const struct directory *d, const char *name);

/* Writes all of the one and then of the other. Returns 0, or -1 and errno. */
int directory_write_all(int fd, struct span first, struct span second);

/* Bytes that can still be written, as far as the file system knows; UINT64_MAX if it does not. */
uint64_t directory_space(const struct directory *d);

#endif
