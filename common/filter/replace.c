#include "filter/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"

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

bool replace_file(const char *path, struct span text)
{
    size_t size = strlen(path) + sizeof ".new";
    char *fresh = xmalloc(size);
    snprintf(fresh, size, "%s.new", path);
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
    free(fresh);
    errno = reason;
    return is_good;
}
