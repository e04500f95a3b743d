/* folder: the directory with the states of running commands. Each process makes its own and holds a
 * lock on it, which ends with the process even if that is killed. A process that starts removes the
 * directories of dead processes. */
#ifndef RUN_FOLDER_H
#define RUN_FOLDER_H

#include <stddef.h>

struct folder {
    int fd;
    char *path;
};

/* Makes one in `parent`, and removes the directories of dead processes. Ends the program if that
 * fails. */
void folder_open(struct folder *f, const char *parent);

/* Returns the path of a file in it, which the caller frees. */
char *folder_file(const struct folder *f, const char *name);

/* Removes all files in it whose names begin with `start`. */
void folder_clear(const struct folder *f, const char *start);

/* Removes it with all files in it. */
void folder_remove(struct folder *f);

#endif
