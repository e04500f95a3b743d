/* state_file: the file of --state on the disk: found, locked, and replaced as a whole.
 *
 * One process has a file at a time: it holds a lock on `FILE.lock`, which ends with the process,
 * however that ends. What is written goes to `FILE.new`, which is then renamed. A symbolic link is
 * followed: its target is replaced. */
#ifndef FILTER_STATE_FILE_H
#define FILTER_STATE_FILE_H

#include <stdbool.h>

struct state_file;

/* Locks the file, which need not exist. Ends the program if another process has the lock. When it
 * cannot be locked for another reason, such as a missing directory, it warns. */
struct state_file *state_file_open(const char *path);

/* The same, but does not end the program if another process has the file or it cannot be locked:
 * returns NULL, and message, which has room for STATE_FILE_MESSAGE_MAX bytes, says why. */
enum { STATE_FILE_MESSAGE_MAX = 4400 };
struct state_file *state_file_try(const char *path, char *message);

/* Unlocks and frees it; NULL is nothing to close. */
void state_file_close(struct state_file *f);

/* Where the file is, after symbolic links; for messages too. */
const char *state_file_path(const struct state_file *f);

/* Returns a descriptor of a new, empty file, or -1: errno says why. name is set to its name. */
int state_file_begin(const struct state_file *f, const char **name);

/* Closes the descriptor and puts the new file into the place of the old one, or, unless is_good,
 * removes it. Returns 0, or -1: errno says why, and the old file is as it was. */
int state_file_end(const struct state_file *f, int fd, bool is_good);

#endif
