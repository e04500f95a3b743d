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

/* Only who has the lock may remove it. */
static void remove_if_dead(const char *path)
{
    struct stat status;
    int fd = open_folder(path);
    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && status.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        clear(fd, "");
        (void)rmdir(path);
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
    return fstat(f->fd, &here) == 0 && lstat(f->path, &there) == 0 && here.st_ino == there.st_ino &&
           here.st_dev == there.st_dev;
}

static bool make(struct own_folder *f, const char *parent, const char *prefix)
{
    size_t size = strlen(parent) + strlen(prefix) + sizeof "/XXXXXX";
    f->path = xmalloc(size);
    snprintf(f->path, size, "%s/%sXXXXXX", parent, prefix);
    if (!mkdtemp(f->path))
        die_errno("make a folder in %s", parent);
    f->fd = open_folder(f->path);
    if (f->fd >= 0 && flock(f->fd, LOCK_EX | LOCK_NB) == 0 && is_still_there(f))
        return true;
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
    close(f->fd);
    free(f->path);
}
