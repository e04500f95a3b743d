#include "directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"

static const char lock_name[] = "lock";

static void lock(struct directory *d)
{
    d->lock_fd = openat(d->fd, lock_name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (d->lock_fd < 0)
        die_errno("open %s/%s", d->path, lock_name);
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(d->lock_fd, F_SETLK, &whole) == 0)
        return;
    bool is_taken = errno == EACCES || errno == EAGAIN;
    if (!is_taken || fcntl(d->lock_fd, F_GETLK, &whole) < 0)
        die_errno("lock %s/%s", d->path, lock_name);
    if (whole.l_type != F_UNLCK && whole.l_pid > 0)
        die("%s: in use by process %ld", d->path, (long)whole.l_pid);
    die("%s: in use by another process", d->path);
}

void directory_open(struct directory *d, const char *path, bool syncs)
{
    *d = (struct directory){ .path = path, .syncs = syncs };
    if (mkdir(path, 0777) < 0 && errno != EEXIST)
        die_errno("mkdir %s", path);
    d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0)
        die_errno("open %s", path);
    lock(d);
}

void directory_close(struct directory *d)
{
    close(d->lock_fd);
    close(d->fd);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **directory_names(const struct directory *d)
{
    size_t count = 0, capacity = 64;
    char **names = xreallocarray(NULL, capacity, sizeof *names);
    int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (!listing)
        die_errno("read %s", d->path);
    const struct dirent *entry;
    while ((entry = readdir(listing)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, lock_name) == 0)
            continue;
        if (count + 1 == capacity)
            names = xreallocarray(names, capacity *= 2, sizeof *names);
        names[count++] = xstrndup(entry->d_name, strlen(entry->d_name));
    }
    closedir(listing);
    names[count] = NULL;
    qsort(names, count, sizeof *names, compare_names);
    return names;
}

int directory_create(const struct directory *d, const char *name)
{
    return openat(d->fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

int directory_finish(const struct directory *d, int fd, const char *part, const char *name)
{
    if (d->syncs && fsync(fd) < 0)
        return -1;
    if (renameat(d->fd, part, d->fd, name) < 0)
        return -1;
    return d->syncs ? fsync(d->fd) : 0;
}

int directory_write_all(int fd, struct span first, struct span second)
{
    while (first.length + second.length) {
        struct iovec parts[] = { { (char *)(uintptr_t)first.text, first.length },
                                 { (char *)(uintptr_t)second.text, second.length } };
        ssize_t n = writev(fd, parts, 2);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        size_t of_first = (size_t)n < first.length ? (size_t)n : first.length, of_second = (size_t)n - of_first;
        first = (struct span){ first.text + of_first, first.length - of_first };
        second = (struct span){ second.text + of_second, second.length - of_second };
    }
    return 0;
}

int directory_write(const struct directory *d, const char *part, const char *name, struct span bytes)
{
    int fd = directory_create(d, part);
    if (fd < 0)
        return -1;
    bool is_good =
        directory_write_all(fd, bytes, (struct span){ "", 0 }) == 0 && directory_finish(d, fd, part, name) == 0;
    int reason = errno;
    close(fd);
    if (is_good)
        return 0;
    unlinkat(d->fd, part, 0);
    errno = reason;
    return -1;
}

int directory_read(const struct directory *d, const char *name, uint64_t *size)
{
    struct stat status;
    int fd = openat(d->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        *size = (uint64_t)status.st_size;
        return fd;
    }
    close(fd);
    errno = EINVAL;
    return -1;
}

/* Reads up to size bytes, less only at the end of the file. Returns -1 if that fails. */
static ssize_t read_all(int fd, char *bytes, size_t size)
{
    size_t length = 0;
    ssize_t n = 1;
    while (length < size && n) {
        n = read(fd, bytes + length, size - length);
        if (n < 0 && errno != EINTR)
            return -1;
        length += n > 0 ? (size_t)n : 0;
        n = n < 0 ? 1 : n;
    }
    return (ssize_t)length;
}

struct span directory_load(const struct directory *d, const char *name)
{
    uint64_t size;
    int fd = directory_read(d, name, &size);
    if (fd < 0)
        return (struct span){ NULL, 0 };
    char *bytes = xmalloc(size);
    ssize_t length = read_all(fd, bytes, size);
    int reason = errno;
    close(fd);
    if (length >= 0)
        return (struct span){ bytes, (size_t)length };
    free(bytes);
    errno = reason;
    return (struct span){ NULL, 0 };
}

int directory_remove(const struct directory *d, const char *name)
{
    return unlinkat(d->fd, name, 0);
}

uint64_t directory_space(const struct directory *d)
{
    struct statvfs status;
    return fstatvfs(d->fd, &status) == 0 ? (uint64_t)status.f_bavail * status.f_frsize : UINT64_MAX;
}
