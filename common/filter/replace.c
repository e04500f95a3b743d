#include "filter/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

enum { LINKS_MOST = 40 };

/* The target of a symbolic link, to be freed, or NULL if path is none. */
static char *read_link(const char *path)
{
    for (size_t size = 128;; size *= 2) {
        char *target = xmalloc(size);
        ssize_t length = readlink(path, target, size);
        if (length >= 0 && (size_t)length < size) {
            target[length] = '\0';
            return target;
        }
        free(target);
        if (length < 0)
            return NULL;
    }
}

char *replace_path(const char *path, size_t length, const char *name)
{
    char *text = xmalloc(length + strlen(name) + 1);
    memcpy(text, path, length);
    strcpy(text + length, name);
    return text;
}

char *replace_target(const char *path)
{
    char *at = xstrndup(path, strlen(path)), *target;
    for (int links = 0; (target = read_link(at)) != NULL; links++) {
        const char *slash = *target == '/' ? NULL : strrchr(at, '/');
        char *next = replace_path(at, slash ? (size_t)(slash + 1 - at) : 0, target);
        free(target);
        free(at);
        at = next;
        if (links == LINKS_MOST) {
            free(at);
            errno = ELOOP;
            return NULL;
        }
    }
    return at;
}

bool replace_is_odd(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

bool replace_write(int fd, struct span text)
{
    for (size_t done = 0; done < text.length;) {
        ssize_t n = write(fd, text.text + done, text.length - done);
        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && errno != EINTR)
            return false;
    }
    return true;
}

/* Replaces the file at path, no link, by way of the file fresh. */
static bool replace(const char *path, const char *fresh, struct span text)
{
    if (replace_is_odd(path)) {
        errno = EEXIST;
        return false;
    }
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool is_good = fd >= 0 && replace_write(fd, text);
    int reason = errno;
    if (fd >= 0 && close(fd) < 0 && is_good) {
        is_good = false;
        reason = errno;
    }
    if (is_good && rename(fresh, path) < 0) {
        is_good = false;
        reason = errno;
    }
    if (!is_good && fd >= 0)
        unlink(fresh);
    errno = reason;
    return is_good;
}

bool replace_file(const char *path, struct span text)
{
    char *target = replace_target(path);
    if (!target)
        return false;
    char *fresh = replace_path(target, strlen(target), ".new");
    bool is_good = replace(target, fresh, text);
    int reason = errno;
    free(target);
    free(fresh);
    errno = reason;
    return is_good;
}
