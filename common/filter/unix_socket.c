#include "filter/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/shortage.h"

enum { BACKLOG = 4096, LOCK_TRIES = 100 };

static bool make_address(struct sockaddr_un *address, const char *path)
{
    size_t length = strlen(path);
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    errno = length ? ENAMETOOLONG : ENOENT;
    if (!length || length >= sizeof address->sun_path)
        return false;
    memcpy(address->sun_path, path, length + 1);
    return true;
}

/* Locks the folder, so that of two programs that find the same dead socket one comes after the
 * other. Waits for up to a second, and returns the descriptor to close; -1 where it can't be
 * locked: then there is only a race. */
static int lock_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[sizeof((struct sockaddr_un *)0)->sun_path] = ".";
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", slash > path ? (int)(slash - path) : 1, path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int tries = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && tries < LOCK_TRIES; tries++)
        shortage_pause();
    return fd;
}

/* True if there is a socket at the path and nobody listens. Otherwise errno says what there is. */
static bool is_dead(const struct sockaddr_un *address, int type)
{
    struct stat status;
    int fd;
    if (lstat(address->sun_path, &status) < 0 || (fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
        return false;
    bool is_socket = S_ISSOCK(status.st_mode);
    bool is_refused = connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 && errno == ECONNREFUSED;
    close(fd);
    errno = is_socket ? EADDRINUSE : EEXIST;
    return is_socket && is_refused;
}

/* The mode is set by the umask, so that the file never has another. */
static int bind_with_mode(int fd, const struct sockaddr_un *address, unsigned mode)
{
    mode_t before = umask(0777 & ~mode);
    int result = bind(fd, (const struct sockaddr *)address, sizeof *address);
    int reason = errno;
    umask(before);
    errno = reason;
    return result;
}

static bool bind_path(int fd, const struct sockaddr_un *address, int type, unsigned mode)
{
    if (bind_with_mode(fd, address, mode) == 0)
        return true;
    return errno == EADDRINUSE && is_dead(address, type) && unlink(address->sun_path) == 0 &&
           bind_with_mode(fd, address, mode) == 0;
}

int unix_socket_listen(const char *path, int type, unsigned mode, struct unix_socket_file *file)
{
    struct stat status;
    struct sockaddr_un address;
    if (!make_address(&address, path))
        return -1;
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | (type == SOCK_STREAM ? SOCK_NONBLOCK : 0), 0);
    if (fd < 0)
        return -1;
    int lock = lock_folder(path);
    bool is_open = bind_path(fd, &address, type, mode) && lstat(path, &status) == 0 &&
                   (type != SOCK_STREAM || listen(fd, BACKLOG) == 0);
    int reason = errno;
    if (lock >= 0)
        close(lock);
    if (is_open) {
        *file = (struct unix_socket_file){ path, status.st_dev, status.st_ino };
        return fd;
    }
    close(fd);
    errno = reason;
    return -1;
}

void unix_socket_remove(const struct unix_socket_file *file)
{
    struct stat status;
    if (!file->path)
        return;
    int lock = lock_folder(file->path);
    if (lstat(file->path, &status) == 0 && status.st_dev == file->device && status.st_ino == file->inode)
        unlink(file->path);
    if (lock >= 0)
        close(lock);
}
