/* own_folder: a directory for a process's temporary files and sockets, which doesn't outlive it
 * for long. The process holds a lock on its file `lock`, which ends with the process even if
 * that is killed, and a process that starts removes the directories of dead processes. */
#ifndef FILTER_OWN_FOLDER_H
#define FILTER_OWN_FOLDER_H

struct own_folder {
    int fd, lock;
    char *path;
};

/* Makes the directory PARENT/PREFIXxxxxxx, with mode 0700, and removes those that dead processes of
 * this user have left in the parent under that prefix. Ends the program if that fails. */
void own_folder_open(struct own_folder *f, const char *parent, const char *prefix);

/* Returns the path of a file in it, which the caller frees. */
char *own_folder_file(const struct own_folder *f, const char *name);

/* Removes all files in it whose names begin with `start`. */
void own_folder_clear(const struct own_folder *f, const char *start);

/* Removes it with all files in it. */
void own_folder_remove(struct own_folder *f);

#endif
