#include "filter/own_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"

static const char lock_name[] = "lock";

static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = xmalloc(size);
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

char *own_folder_file(const struct own_folder *f, const char *name)
{
    return join(f->path, name);
}

static void clear(int fd, const char *start)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *all = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;
    if (!all) {
        if (copy >= 0)
            close(copy);
        return;
    }
    while ((entry = readdir(all)) != NULL)
        if (strncmp(entry->d_name, start, strlen(start)) == 0)
            (void)unlinkat(fd, entry->d_name, 0); /* not the folder itself nor the one above */
    closedir(all);
}

void own_folder_clear(const struct own_folder *f, const char *start)
{
    clear(f->fd, start);
}

static int open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The lock is on a file, because filter/unix_socket locks the directory of a socket for a moment.
 * Returns its descriptor, or -1 and errno; EWOULDBLOCK if another process has it. */
static int lock_folder(int fd)
{
    int lock = openat(fd, lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
        return lock;
    if (lock >= 0) {
        int reason = errno;
        close(lock);
        errno = reason;
    }
    return -1;
}

/* Only who has the lock may remove it. */
static void remove_if_dead(const char *path)
{
    struct stat status;
    int lock, fd = open_folder(path);
    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && status.st_uid == geteuid() && (lock = lock_folder(fd)) >= 0) {
        clear(fd, "");
        (void)rmdir(path);
        close(lock);
    }
    close(fd);
}

static void remove_dead(const char *parent, const char *prefix)
{
    DIR *all = opendir(parent);
    struct dirent *entry;
    if (!all)
        return; /* it may be writable all the same */
    while ((entry = readdir(all)) != NULL)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
            char *path = join(parent, entry->d_name);
            remove_if_dead(path);
            free(path);
        }
    closedir(all);
}

/* Before it was locked, another process may have taken it for a dead one's. */
static bool is_still_there(const struct own_folder *f)
{
    struct stat here, there;
    return fstat(f->lock, &here) == 0 && fstatat(f->fd, lock_name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

static bool make(struct own_folder *f, const char *parent, const char *prefix)
{
    size_t size = strlen(parent) + strlen(prefix) + sizeof "/XXXXXX";
    f->path = xmalloc(size);
    snprintf(f->path, size, "%s/%sXXXXXX", parent, prefix);
    if (!mkdtemp(f->path))
        die_errno("make a folder in %s", parent);
    f->fd = open_folder(f->path);
    f->lock = f->fd < 0 ? -1 : lock_folder(f->fd);
    if (f->lock < 0 && errno != EWOULDBLOCK && errno != ENOENT)
        die_errno("make a folder in %s", parent);
    if (f->lock >= 0 && is_still_there(f))
        return true;
    if (f->lock >= 0)
        close(f->lock);
    if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    return false;
}

void own_folder_open(struct own_folder *f, const char *parent, const char *prefix)
{
    remove_dead(parent, prefix);
    while (!make(f, parent, prefix))
        continue;
}

void own_folder_remove(struct own_folder *f)
{
    clear(f->fd, "");
    (void)rmdir(f->path);
    close(f->lock);
    close(f->fd);
    free(f->path);
}
