#include "filter/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "filter/replace.h"

struct state_file {
    char *path, *fresh, *lock;
    int lock_fd; /* -1: not locked */
};

static void print_in_use(const struct state_file *f, pid_t pid, char *message)
{
    char who[32] = "another process";
    if (pid > 0)
        snprintf(who, sizeof who, "process %ld", (long)pid);
    snprintf(message, STATE_FILE_MESSAGE_MAX, "%s: in use by %s: each %s needs a file of its own", f->path, who,
             die_program());
}

static bool is_same_file(int fd, const char *path)
{
    struct stat open_file, there;
    return fstat(fd, &open_file) == 0 && stat(path, &there) == 0 && open_file.st_dev == there.st_dev &&
           open_file.st_ino == there.st_ino;
}

/* Who unlocks removes the lock file, so the one that was opened may be gone once it is locked:
 * then the next one counts. Returns -1 if there can be no lock, with a message if another
 * process has it. */
static int lock(const struct state_file *f, char *message)
{
    for (;;) {
        int fd = open(f->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0)
            return -1;
        struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        bool is_locked = fcntl(fd, F_SETLK, &whole) == 0;
        bool is_taken = !is_locked && (errno == EACCES || errno == EAGAIN);
        if (is_taken && fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK) {
            print_in_use(f, whole.l_pid, message);
            close(fd);
            return -1;
        }
        if (is_locked && is_same_file(fd, f->lock))
            return fd;
        int reason = errno;
        close(fd);
        errno = reason;
        if (!is_locked && !is_taken)
            return -1;
    }
}

/* The file, which may have no lock: errno says why. NULL and a message if it must not be used. */
static struct state_file *open_file(const char *path, char *message)
{
    char *target = replace_target(path);
    *message = '\0';
    if (!target) {
        snprintf(message, STATE_FILE_MESSAGE_MAX, "open %s: %s", path, strerror(ELOOP));
        return NULL;
    }
    struct state_file *f = xmalloc(sizeof *f);
    f->path = target;
    f->fresh = replace_path(f->path, strlen(f->path), ".new");
    f->lock = replace_path(f->path, strlen(f->path), ".lock");
    f->lock_fd = -1;
    if (replace_is_odd(f->path))
        snprintf(message, STATE_FILE_MESSAGE_MAX, "%s: " REPLACE_EXPECTED, f->path);
    else
        f->lock_fd = lock(f, message);
    if (!*message)
        return f;
    state_file_close(f);
    return NULL;
}

struct state_file *state_file_open(const char *path)
{
    char message[STATE_FILE_MESSAGE_MAX];
    struct state_file *f = open_file(path, message);
    if (!f)
        die("%s", message);
    if (f->lock_fd < 0)
        warn_errno("lock %s", f->lock);
    return f;
}

struct state_file *state_file_try(const char *path, char *message)
{
    struct state_file *f = open_file(path, message);
    if (f && f->lock_fd < 0) {
        snprintf(message, STATE_FILE_MESSAGE_MAX, "lock %s: %s", f->lock, strerror(errno));
        state_file_close(f);
        f = NULL;
    }
    return f;
}

void state_file_close(struct state_file *f)
{
    if (!f)
        return;
    if (f->lock_fd >= 0) {
        unlink(f->lock);
        close(f->lock_fd);
    }
    free(f->path);
    free(f->fresh);
    free(f->lock);
    free(f);
}

const char *state_file_path(const struct state_file *f)
{
    return f->path;
}

int state_file_begin(const struct state_file *f, const char **name)
{
    *name = f->fresh;
    return open(f->fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

int state_file_end(const struct state_file *f, int fd, bool is_good)
{
    int reason = errno;
    bool is_closed = close(fd) == 0;
    if (is_good && is_closed && rename(f->fresh, f->path) == 0)
        return 0;
    reason = is_good ? errno : reason;
    unlink(f->fresh);
    errno = reason;
    return -1;
}
